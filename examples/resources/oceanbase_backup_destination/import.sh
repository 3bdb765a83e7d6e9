# The ID is the name of the tenant.
terraform import oceanbase_backup_destination.example mysql_tenant
