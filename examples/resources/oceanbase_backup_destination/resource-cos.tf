# On Tencent Cloud COS, which needs the application ID

variable "cos_secret_key" {
  type      = string
  default   = "a-secret-key" # Set TF_VAR_cos_secret_key.
  ephemeral = true
}

resource "oceanbase_backup_destination" "example" {
  tenant = "mysql_tenant"

  storage = {
    type                  = "cos"
    bucket                = "ob-backups-1250000000"
    path                  = "obcluster/mysql_tenant/data"
    host                  = "cos.ap-guangzhou.myqcloud.com"
    appid                 = "1250000000"
    access_id             = "AKID0000000000"
    access_key_wo         = var.cos_secret_key
    access_key_wo_version = "1"
  }
}
