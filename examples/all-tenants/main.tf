# Every tenant of the cluster, with the same object storage and a directory of its own for each purpose.

terraform {
  required_version = ">= 1.10"

  required_providers {
    oceanbase = {
      source = "ob-as-code/oceanbase"
    }
  }
}

variable "access_key" {
  description = "Secret half of the access key."
  type        = string
  default     = "an-access-key" # Set TF_VAR_access_key.
  ephemeral   = true
}

variable "access_key_version" {
  description = "Any text; change it together with the key, and the next apply rotates the key of every tenant in tenant_passwords. OceanBase 4.3.5 BP2 or later, tenants in MySQL mode."
  type        = string
  default     = "1"
}

variable "tenant_passwords" {
  description = "Password of root of each tenant, by tenant name. Only a session of the tenant itself can rotate its key."
  type        = map(string)
  default     = {} # Set TF_VAR_tenant_passwords before the first rotation.
  ephemeral   = true
}

provider "oceanbase" {
  tenant_credentials = {
    for tenant, password in var.tenant_passwords : tenant => { username = "root", password = password }
  }

  storage_profiles = {
    backups = {
      type               = "oss"
      bucket             = "ob-backups"
      host               = "oss-cn-hangzhou-internal.aliyuncs.com"
      access_id          = "LTAI0000000000"
      access_key         = var.access_key
      access_key_version = var.access_key_version
    }
  }
}

data "oceanbase_tenants" "all" {
  role = "primary"
}

data "oceanbase_cluster" "this" {}

resource "oceanbase_archivelog" "each" {
  for_each = toset(data.oceanbase_tenants.all.names)
  tenant   = each.key

  storage = {
    profile = "backups"
    path    = "${data.oceanbase_cluster.this.name}/${each.key}/archive"
  }
}

resource "oceanbase_backup_destination" "each" {
  for_each = toset(data.oceanbase_tenants.all.names)
  tenant   = each.key

  storage = {
    profile = "backups"
    path    = "${data.oceanbase_cluster.this.name}/${each.key}/data"
  }
}

output "destinations" {
  description = "Where the data backups of each tenant go."
  value       = { for tenant, destination in oceanbase_backup_destination.each : tenant => destination.uri }
}
