# Where the tenants of the cluster `obcluster` are backed up. Change it by pull request; drift.yml looks every night whether the
# cluster still is what is written here.

terraform {
  required_version = ">= 1.11"

  # Where both CI and people find the state. No key is in it.
  backend "s3" {
    bucket       = "terraform-states"
    key          = "oceanbase/obcluster/backups.tfstate"
    region       = "eu-central-1"
    use_lockfile = true
  }

  required_providers {
    oceanbase = {
      source = "ob-as-code/oceanbase"
    }
  }
}

variable "access_key" {
  description = "Secret half of the access key. Only an apply needs the right one."
  type        = string
  ephemeral   = true
}

# Address and login come from OCEANBASE_ENDPOINTS, OCEANBASE_USERNAME and OCEANBASE_PASSWORD.
provider "oceanbase" {
  expected_cluster = { name = "obcluster" }

  storage_profiles = {
    backups = {
      type               = "oss"
      bucket             = "ob-backups"
      host               = "oss-cn-hangzhou-internal.aliyuncs.com"
      access_id          = "LTAI0000000000"
      access_key         = var.access_key
      access_key_version = "1" # Change it together with the key.
    }
  }
}

locals {
  tenants = toset(["billing", "shop"])
}

resource "oceanbase_archivelog" "each" {
  for_each = local.tenants
  tenant   = each.key

  storage = {
    profile = "backups"
    path    = "obcluster/${each.key}/archive"
  }
}

resource "oceanbase_backup_destination" "each" {
  for_each = local.tenants
  tenant   = each.key

  storage = {
    profile = "backups"
    path    = "obcluster/${each.key}/data"
  }
}
