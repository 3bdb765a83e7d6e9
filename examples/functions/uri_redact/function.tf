variable "destination" {
  type      = string
  default   = "oss://ob-backups/shop?host=oss-cn-hangzhou-internal.aliyuncs.com&access_id=LTAI0000000000&access_key=an-access-key"
  sensitive = true
}

output "destination" {
  # oss://ob-backups/shop?host=oss-cn-hangzhou-internal.aliyuncs.com&access_id=LTAI0000000000&access_key=***
  value = nonsensitive(provider::oceanbase::uri_redact(var.destination))
}
