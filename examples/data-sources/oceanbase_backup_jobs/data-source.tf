data "oceanbase_backup_jobs" "failed" {
  states = ["failed"]
}

output "failures" {
  # A job that sys starts has a parent in sys, which fails with it.
  value = [
    for job in data.oceanbase_backup_jobs.failed.jobs : { tenant = job.tenant, at = job.finished_at, why = job.explanation }
    if job.tenant != "sys"
  ]
}
