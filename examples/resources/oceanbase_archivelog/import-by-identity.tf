import {
  to = oceanbase_archivelog.example
  identity = {
    tenant = "mysql_tenant"
  }
}
