resource "oceanbase_backup_destination" "example" {
  tenant = "mysql_tenant"

  # A directory that every OBServer mounts, and that holds nothing but the data backups of this tenant.
  storage = {
    type = "nfs"
    path = "/backup/obcluster/mysql_tenant/data"
  }
}
