# terraform apply -invoke=action.oceanbase_backup_now.shop
action "oceanbase_backup_now" "shop" {
  config {
    tenant          = "shop"
    type            = "incremental"
    plus_archivelog = true
    timeout         = "6h"
  }
}
