terraform {
  required_providers {
    oceanbase = {
      source = "ob-as-code/oceanbase"
    }
  }
}

# Address and login come from OCEANBASE_ENDPOINTS, OCEANBASE_USERNAME and OCEANBASE_PASSWORD.
provider "oceanbase" {}
