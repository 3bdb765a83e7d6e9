locals {
  schedule = {
    cycle            = "weekly"
    full_days        = ["saturday"]
    incremental_days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday"]
    start_time       = "06:00"
    time_zone        = "Europe/Berlin"
  }
}

output "around_the_change_of_clocks" {
  # { at = "2026-03-28T05:00:00Z", local = "2026-03-28T06:00:00+01:00", type = "full" }
  # { at = "2026-03-29T04:00:00Z", local = "2026-03-29T06:00:00+02:00", type = "incremental" }
  value = provider::oceanbase::schedule_next(local.schedule, "2026-03-28T00:00:00Z", 2)
}
