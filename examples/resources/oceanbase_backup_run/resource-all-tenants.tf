# Every tenant at once

resource "oceanbase_backup_destination" "example" {
  tenant = "mysql_tenant"

  storage = {
    type = "nfs"
    path = "/backup/obcluster/mysql_tenant/data"
  }
}

resource "oceanbase_archivelog" "example" {
  tenant = "mysql_tenant"

  storage = {
    type = "nfs"
    path = "/backup/obcluster/mysql_tenant/archive"
  }
}

resource "oceanbase_backup_run" "example" {
  all_tenants = true
  run_key     = "before-the-upgrade"

  depends_on = [
    oceanbase_backup_destination.example,
    oceanbase_archivelog.example,
  ]
}
