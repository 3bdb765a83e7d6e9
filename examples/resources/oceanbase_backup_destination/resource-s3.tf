# On anything that speaks the protocol of S3, with OceanBase 4.2.1 BP7, 4.2.3, 4.3.0 or later

variable "s3_secret_key" {
  type      = string
  default   = "a-secret-key" # Set TF_VAR_s3_secret_key.
  ephemeral = true
}

resource "oceanbase_backup_destination" "example" {
  tenant = "mysql_tenant"

  storage = {
    type                  = "s3" # AWS, Huawei OBS, Google Cloud Storage, MinIO: the host tells.
    bucket                = "ob-backups"
    path                  = "obcluster/mysql_tenant/data"
    host                  = "s3.eu-central-1.amazonaws.com"
    region                = "eu-central-1"
    access_id             = "AKIA0000000000"
    access_key_wo         = var.s3_secret_key
    access_key_wo_version = "1"
    checksum_type         = "md5"
  }

  on_running_backup = "wait"

  timeouts = {
    update = "2h" # As long as a backup may take that is in the way of a move.
  }
}
