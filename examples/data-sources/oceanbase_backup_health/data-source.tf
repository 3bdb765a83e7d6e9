data "oceanbase_backup_health" "this" {
  data_backup_timeout            = "6h"
  log_backup_delay               = "10m"
  days_without_successful_backup = 2
}

# A breach is a warning of the plan.
check "backups" {
  assert {
    condition     = data.oceanbase_backup_health.this.healthy
    error_message = join("\n", data.oceanbase_backup_health.this.breaches)
  }
}
