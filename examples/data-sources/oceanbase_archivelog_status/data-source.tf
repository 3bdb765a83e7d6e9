data "oceanbase_archivelog_status" "shop" {
  tenant = "mysql_tenant"
}

check "log_archive" {
  assert {
    condition     = data.oceanbase_archivelog_status.shop.status == "DOING"
    error_message = "The log of mysql_tenant is not being archived."
  }
}
