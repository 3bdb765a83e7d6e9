# What was deleted lately, without the hourly jobs that found nothing to do.
data "oceanbase_delete_jobs" "lately" {
  without_idle = true
}

output "deletions" {
  value = [for job in data.oceanbase_delete_jobs.lately.jobs : "${job.tenant}: ${job.success_task_count} at ${job.started_at}"]
}
