data "oceanbase_cluster" "this" {}

output "oceanbase" {
  value = "${data.oceanbase_cluster.this.name} runs ${data.oceanbase_cluster.this.version} (${data.oceanbase_cluster.this.edition})"
}

# Some settings need a newer cluster: ask before using them.
locals {
  backup_limits = data.oceanbase_cluster.this.capabilities.throttles ? { max_bandwidth = "200MB" } : {}
}
