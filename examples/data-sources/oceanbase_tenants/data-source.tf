data "oceanbase_tenants" "all" {
  role = "primary"
}

output "backups" {
  description = "Where the backups of each tenant are."
  value       = { for tenant in data.oceanbase_tenants.all.tenants : tenant.name => tenant.backup_destination }
}

# A plan warns of every tenant that has been forgotten.
data "oceanbase_tenants" "unprotected" {
  unprotected_only = true
}

check "every_tenant_is_protected" {
  assert {
    condition     = length(data.oceanbase_tenants.unprotected.names) == 0
    error_message = "Not protected: ${join(", ", data.oceanbase_tenants.unprotected.names)}."
  }
}
