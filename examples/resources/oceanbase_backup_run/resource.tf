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

# A full backup before a release. Another run_key makes another one.
resource "oceanbase_backup_run" "example" {
  tenant          = "mysql_tenant"
  run_key         = "before-release-1.8"
  plus_archivelog = true
  description     = "release-1.8"

  depends_on = [
    oceanbase_backup_destination.example,
    oceanbase_archivelog.example,
  ]
}
