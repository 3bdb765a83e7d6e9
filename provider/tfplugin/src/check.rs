//! What a provider returned, compared with what Terraform will accept.
