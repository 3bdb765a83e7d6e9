output "backup_destination" {
  description = "Where the data backups go."
  value       = oceanbase_backup_destination.this.uri
}

output "archive_round" {
  description = "The round in which the tenant archives its log."
  value       = oceanbase_archivelog.this.round_id
}

output "condition" {
  description = "`in sync`, or what is wrong."
  value = {
    archivelog         = oceanbase_archivelog.this.condition
    backup_destination = oceanbase_backup_destination.this.condition
  }
}
