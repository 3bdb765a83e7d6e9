resource "oceanbase_archivelog" "example" {
  tenant = "mysql_tenant"

  # A directory that every OBServer mounts, and that holds nothing but the archive of this tenant.
  storage = {
    type = "nfs"
    path = "/backup/obcluster/mysql_tenant/archive"
  }
}
