# With a storage profile of the provider block

terraform {
  required_providers {
    oceanbase = {
      source = "ob-as-code/oceanbase"
    }
  }
}

variable "oss_access_key" {
  type      = string
  default   = "an-access-key" # Set TF_VAR_oss_access_key.
  sensitive = true
}

# The keys of a profile never enter the state, with any version of Terraform.
provider "oceanbase" {
  storage_profiles = {
    oss = {
      type               = "oss"
      bucket             = "ob-backups"
      host               = "oss-cn-hangzhou-internal.aliyuncs.com"
      access_id          = "LTAI0000000000"
      access_key         = var.oss_access_key
      access_key_version = "1" # Change it together with the key.
    }
  }
}

resource "oceanbase_archivelog" "example" {
  tenant = "mysql_tenant"

  storage = {
    profile = "oss"
    path    = "obcluster/mysql_tenant/archive"
  }
}
