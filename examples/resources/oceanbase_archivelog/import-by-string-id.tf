import {
  to = oceanbase_archivelog.example
  id = "mysql_tenant"
}
