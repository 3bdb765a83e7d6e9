locals {
  cron = provider::oceanbase::schedule_to_cron({
    cycle            = "weekly"
    full_days        = ["saturday"]
    incremental_days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday"]
    start_time       = "06:00"
    time_zone        = "Asia/Shanghai"
  })
}

output "full_backup" {
  # The schedule of a CronJob: 0 6 * * 6, and below 0 6 * * 0,1,2,3,4,5
  value = { schedule = local.cron.full, timeZone = local.cron.time_zone }
}

output "incremental_backup" {
  value = { schedule = local.cron.incremental, timeZone = local.cron.time_zone }
}
