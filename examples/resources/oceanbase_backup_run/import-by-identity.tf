import {
  to = oceanbase_backup_run.example
  identity = {
    tenant  = "mysql_tenant"
    run_key = "before-release-1.8"
  }
}
