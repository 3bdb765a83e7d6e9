# Where backups may still lie, although nothing is written there any more.
data "oceanbase_backup_destinations" "all" {}

output "left_behind" {
  value = [for it in data.oceanbase_backup_destinations.all.destinations : "${it.tenant}: ${it.uri}" if !it.in_use]
}
