variable "must_be_restorable" {
  description = "A moment that somebody may want back, such as the end of the last quarter."
  type        = string
  default     = "2025-09-30T23:59:59Z"
}

data "oceanbase_restore_window" "shop" {
  tenant = "mysql_tenant"
  covers = var.must_be_restorable
}

check "restorable" {
  assert {
    condition     = data.oceanbase_restore_window.shop.covered
    error_message = "mysql_tenant cannot be restored to ${var.must_be_restorable} any more."
  }
}
