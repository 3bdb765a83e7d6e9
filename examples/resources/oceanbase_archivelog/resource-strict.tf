# When losing logs is worse than blocking writes

resource "oceanbase_archivelog" "example" {
  tenant = "mysql_tenant"

  storage = {
    type = "nfs"
    path = "/backup/obcluster/mysql_tenant/archive"
  }

  binding               = "mandatory" # Writes wait for the archive once the log disk is full.
  piece_switch_interval = "1d"
  lag_target            = "30s"

  on_destroy = "keep"

  timeouts = {
    create = "30m"
    update = "30m"
  }
}
