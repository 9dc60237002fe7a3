terraform {
  required_providers {
    origintls = {
      source = "origintls/origintls"
    }
  }
}

# Every argument is optional. The API token comes from the environment variable CLOUDFLARE_API_TOKEN.
provider "origintls" {
  expiry_warning_days = 45  # plans warn of certificates that expire within 45 days
  request_budget      = 600 # half of what Cloudflare allows in 5 minutes; the rest is for other clients
}
