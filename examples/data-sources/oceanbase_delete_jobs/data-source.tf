data "oceanbase_delete_jobs" "lately" {}

output "deletions" {
  value = [for job in data.oceanbase_delete_jobs.lately.jobs : "${job.tenant}: ${job.success_task_count} at ${job.started_at}"]
}
