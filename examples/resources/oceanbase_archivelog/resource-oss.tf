# On OSS, with a key that Terraform does not store

variable "oss_access_key" {
  type      = string
  default   = "an-access-key" # Set TF_VAR_oss_access_key.
  ephemeral = true
}

resource "oceanbase_archivelog" "example" {
  tenant = "mysql_tenant"

  storage = {
    type                  = "oss"
    bucket                = "ob-backups"
    path                  = "obcluster/mysql_tenant/archive"
    host                  = "oss-cn-hangzhou-internal.aliyuncs.com"
    access_id             = "LTAI0000000000"
    access_key_wo         = var.oss_access_key
    access_key_wo_version = "1" # Change it together with the key.
  }
}
