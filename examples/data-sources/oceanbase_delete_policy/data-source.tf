data "oceanbase_delete_policy" "all" {}

output "recovery_windows" {
  value = { for policy in data.oceanbase_delete_policy.all.policies : policy.tenant => policy.recovery_window }
}
