locals {
  storage = provider::oceanbase::uri_parse(
    "oss://ob-backups/obcluster/shop/data?host=oss-cn-hangzhou-internal.aliyuncs.com&access_id=LTAI0000000000&delete_mode=tagging"
  )
}

output "bucket" {
  value = local.storage.bucket # ob-backups
}

output "path" {
  value = local.storage.path # obcluster/shop/data
}
