# terraform apply -invoke=action.oceanbase_delete_obsolete.shop
action "oceanbase_delete_obsolete" "shop" {
  config {
    tenant  = "shop"
    timeout = "2h"
  }
}
