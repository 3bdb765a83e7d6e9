data "oceanbase_backup_jobs" "failed" {
  states = ["failed"]
}

output "failures" {
  value = [for job in data.oceanbase_backup_jobs.failed.jobs : "${job.tenant} at ${job.finished_at}: ${job.explanation}"]
}
