# terraform apply -invoke=action.oceanbase_cancel_backup.shop
action "oceanbase_cancel_backup" "shop" {
  config {
    tenant = "shop"
  }
}
