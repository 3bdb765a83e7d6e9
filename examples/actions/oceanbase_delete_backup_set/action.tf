# A full and the incrementals that build upon it:
# terraform apply -invoke=action.oceanbase_delete_backup_set.before_the_move
action "oceanbase_delete_backup_set" "before_the_move" {
  config {
    tenant          = "shop"
    backup_set_ids  = [12]
    with_dependents = true
  }
}
