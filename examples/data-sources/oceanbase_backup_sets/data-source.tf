data "oceanbase_backup_sets" "shop" {
  tenant      = "mysql_tenant"
  usable_only = true
}

output "restorable_from" {
  value = { for set in data.oceanbase_backup_sets.shop.sets : set.backup_set_id => set.min_restore_at }
}
