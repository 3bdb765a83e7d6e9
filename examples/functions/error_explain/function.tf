output "what_to_do" {
  # The directory holds files, but not the one by which the server recognises its own destinations.
  value = provider::oceanbase::error_explain(-9080).advice
}
