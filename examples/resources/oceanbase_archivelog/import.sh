# The ID is the name of the tenant.
terraform import oceanbase_archivelog.example mysql_tenant
