# Cloudflare's own alerts for client certificates that are about to expire: 30 and 14 days ahead, for zone and
# hostname certificates. They also reach people who run no plan. With the official provider, version 5.

terraform {
  required_version = ">= 1.0"

  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
  }
}

variable "account_id" {
  type = string
}

variable "email" {
  description = "Who is alerted. Email alerts need a verified address or a paid plan."
  type        = string
}

resource "cloudflare_notification_policy" "expiry" {
  for_each = {
    zone_aop_custom_certificate_expiration_type     = "Zone-level origin pull certificate expires"
    hostname_aop_custom_certificate_expiration_type = "Per-hostname origin pull certificate expires"
  }

  account_id = var.account_id
  name       = each.value
  alert_type = each.key
  enabled    = true

  mechanisms = {
    email = [{ id = var.email }]
  }
}
