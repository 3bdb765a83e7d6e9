# Protected by a password that Terraform does not store

variable "backup_password" {
  type      = string
  default   = "a-password" # Set TF_VAR_backup_password.
  ephemeral = true
}

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
  tenant              = "mysql_tenant"
  run_key             = "2025-01-31"
  type                = "incremental" # The first one becomes a full.
  password_wo         = var.backup_password
  password_wo_version = "vault-12" # Says which password it was.

  wait                = true
  cancel_on_interrupt = true
  on_destroy          = "forget"

  timeouts = {
    create = "6h"
    update = "6h"
  }

  depends_on = [
    oceanbase_backup_destination.example,
    oceanbase_archivelog.example,
  ]
}
