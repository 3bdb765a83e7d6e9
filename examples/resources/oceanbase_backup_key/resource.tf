variable "key_password" {
  type      = string
  default   = "a-password" # Set TF_VAR_key_password, and keep it: a restore asks for it.
  ephemeral = true
}

resource "oceanbase_backup_key" "example" {
  tenant = "mysql_tenant"

  # A directory that holds nothing but the keys of this tenant. Data backups and archived logs have their own.
  storage = {
    type = "nfs"
    path = "/backup/obcluster/mysql_tenant/keys"
  }

  password_wo         = var.key_password
  password_wo_version = "1" # Change it together with the password.
}
