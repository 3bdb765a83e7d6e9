output "destination" {
  # s3://ob-backups/obcluster/shop/data?host=s3.eu-central-1.amazonaws.com&access_id=AKIA0000000000&s3_region=eu-central-1
  value = provider::oceanbase::uri_build({
    type      = "s3"
    bucket    = "ob-backups"
    path      = "obcluster/shop/data"
    host      = "s3.eu-central-1.amazonaws.com"
    region    = "eu-central-1"
    access_id = "AKIA0000000000"
  })
}
