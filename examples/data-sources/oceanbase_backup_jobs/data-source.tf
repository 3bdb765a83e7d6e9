data "oceanbase_backup_jobs" "failed" {
  states = ["failed"]
}

output "failures" {
  value = [for job in data.oceanbase_backup_jobs.failed.jobs : { tenant = job.tenant, at = job.finished_at, why = job.explanation }]
}
