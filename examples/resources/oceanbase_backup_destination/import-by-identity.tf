import {
  to = oceanbase_backup_destination.example
  identity = {
    tenant = "mysql_tenant"
  }
}
