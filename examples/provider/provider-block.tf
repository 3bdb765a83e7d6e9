# With everything in the block

terraform {
  required_providers {
    oceanbase = {
      source = "ob-as-code/oceanbase"
    }
  }
}

variable "oceanbase_password" {
  type      = string
  default   = null # TF_VAR_oceanbase_password
  ephemeral = true # Never stored, neither in state nor in a plan file. Terraform 1.10 or later.
}

variable "oss_access_key" {
  type      = string
  default   = null # TF_VAR_oss_access_key
  ephemeral = true
}

provider "oceanbase" {
  endpoints = ["10.0.0.11:2881", "10.0.0.12:2881"] # Tried in order.
  username  = "root"
  tenant    = "sys"
  password  = var.oceanbase_password

  # Connected to any other cluster, nothing is read and nothing is written.
  expected_cluster = {
    name = "obcluster"
    id   = 1
  }

  tls = {
    mode    = "verify_identity"
    ca_file = "/etc/oceanbase/ca.pem"
  }

  # Resources refer to it with `storage = { profile = "oss", path = … }`.
  storage_profiles = {
    oss = {
      type               = "oss"
      bucket             = "ob-backups"
      host               = "oss-cn-hangzhou-internal.aliyuncs.com"
      access_id          = "LTAI0000000000"
      access_key         = var.oss_access_key
      access_key_version = "1"
    }
  }
}
