import {
  to = oceanbase_backup_destination.example
  id = "mysql_tenant"
}
