# How good the backups have to be. Nothing is managed here: a breach fails the plan, and stands in the way of no apply.

terraform {
  required_version = ">= 1.11"

  required_providers {
    oceanbase = {
      source = "ob-as-code/oceanbase"
    }
  }
}

# Address and login come from OCEANBASE_ENDPOINTS, OCEANBASE_USERNAME and OCEANBASE_PASSWORD.
provider "oceanbase" {
  expected_cluster = { name = "obcluster" }
}

# Every primary tenant, also one that nobody has added to ../backups yet.
data "oceanbase_backup_health" "all" {
  data_backup_timeout            = "6h"
  log_backup_delay               = "10m"
  days_without_successful_backup = 2
  storage_capacity_bytes         = 2 * pow(1024, 4) # The share of the bucket that one tenant may have.

  fail_on = [
    "data_backup_timeout",
    "log_backup_delay",
    "days_without_successful_backup",
    "storage_capacity",
    "last_backup",
  ]
}
