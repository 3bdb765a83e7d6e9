# With a storage profile, and a date that asks for another export

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

variable "key_password" {
  type      = string
  default   = "a-password" # Set TF_VAR_key_password, and keep it: a restore asks for it.
  sensitive = true
}

# The keys and passwords of a profile never enter the state, with any version of Terraform.
provider "oceanbase" {
  storage_profiles = {
    oss = {
      type                 = "oss"
      bucket               = "ob-backups"
      host                 = "oss-cn-hangzhou-internal.aliyuncs.com"
      access_id            = "LTAI0000000000"
      access_key           = var.oss_access_key
      access_key_version   = "1" # Change it together with the key.
      key_password         = var.key_password
      key_password_version = "1" # Change it together with the password.
    }
  }
}

resource "oceanbase_backup_key" "example" {
  tenant = "mysql_tenant"

  storage = {
    profile = "oss"
    path    = "obcluster/mysql_tenant/keys"
  }

  # Logged in to a user tenant, the provider may not see that the master key was rotated.
  rotation_trigger = {
    rotated = "2026-11-20"
  }
}
