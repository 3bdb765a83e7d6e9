variable "endpoints" {
  description = "Addresses of OBServers (port 2881) or OBProxies (port 2883)."
  type        = list(string)
  default     = null
}

variable "username" {
  description = "User of the tenant sys."
  type        = string
  default     = null
}

variable "password" {
  description = "Password of that user."
  type        = string
  default     = null
  ephemeral   = true
}

variable "tenant" {
  description = "The tenant to protect."
  type        = string
  default     = "mysql_tenant"
}

variable "backup_root" {
  description = "Directory that every OBServer mounts at the same path, writable for the user that runs it."
  type        = string
  default     = "/backup/obcluster"
}
