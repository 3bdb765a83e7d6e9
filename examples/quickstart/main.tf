# Data backups and archived logs of one tenant, on a file system that every OBServer mounts.

terraform {
  required_version = ">= 1.10"

  required_providers {
    oceanbase = {
      source = "ob-as-code/oceanbase"
    }
  }
}

# What is not given as a variable comes from the environment: OCEANBASE_ENDPOINTS, OCEANBASE_USERNAME and
# OCEANBASE_PASSWORD.
provider "oceanbase" {
  endpoints = var.endpoints
  username  = var.username
  password  = var.password
}

resource "oceanbase_archivelog" "this" {
  tenant = var.tenant

  storage = {
    type = "nfs"
    path = "${var.backup_root}/${var.tenant}/archive"
  }
}

resource "oceanbase_backup_destination" "this" {
  tenant = var.tenant

  storage = {
    type = "nfs"
    path = "${var.backup_root}/${var.tenant}/data"
  }
}
