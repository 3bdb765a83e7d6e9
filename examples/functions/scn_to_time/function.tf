output "restorable_from" {
  value = provider::oceanbase::scn_to_time(1763636400123456789) # 2025-11-20T11:00:00.123456789Z
}
