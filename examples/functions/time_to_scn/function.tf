output "before_the_accident" {
  value = provider::oceanbase::time_to_scn("2025-11-20T19:00:00+08:00") # 1763636400000000000
}
