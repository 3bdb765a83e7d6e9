//! Terraform's planning rules, from the schema alone.
