locals {
  rules = provider::oceanbase::prometheus_rules(
    {
      data_backup_timeout            = "6h"
      log_backup_delay               = "10m"
      days_without_successful_backup = 2
      storage_capacity_bytes         = 10 * pow(1024, 4)
    },
    { severity = "critical", team = "database" },
  )
}

output "rule_file" {
  value = yamlencode(local.rules)
}
