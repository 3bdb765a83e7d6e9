# terraform apply -invoke=action.oceanbase_cancel_delete.shop
action "oceanbase_cancel_delete" "shop" {
  config {
    tenant = "shop"
  }
}
