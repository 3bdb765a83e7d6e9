import {
  to = oceanbase_backup_run.example
  id = "mysql_tenant/before-release-1.8"
}
