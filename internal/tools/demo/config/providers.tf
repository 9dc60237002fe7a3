terraform {
  required_providers {
    origintls = {
      # With its host, so that Terraform and OpenTofu mean the same one.
      source = "registry.terraform.io/origintls/origintls"
    }
  }
}

# Token and address come from CLOUDFLARE_API_TOKEN and CLOUDFLARE_BASE_URL.
provider "origintls" {}

variable "zone_id" {
  type = string
}

locals {
  hostnames = toset(["api.example.com", "shop.example.com"])
}
