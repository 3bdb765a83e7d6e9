# The ID is the name of the tenant (or * for all tenants) and the run_key. Only runs of the last 31 days are found.
terraform import oceanbase_backup_run.example mysql_tenant/before-release-1.8
