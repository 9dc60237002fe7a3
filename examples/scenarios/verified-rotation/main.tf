# Rotation that asks the origins first: if one of them would refuse the new certificate, or cannot be reached, the
# apply ends before anything is uploaded. In every plan, checks report origins that serve clients without the certificate.
#
# To rotate to another CA: let every origin trust both CAs, put the new CA into ca.pem and the new certificate
# into client.pem, give its key, apply, and then let the origins trust the new CA alone.

terraform {
  required_version = ">= 1.11" # write-only arguments and ephemeral variables; check blocks need 1.5

  required_providers {
    origintls = {
      source = "origintls/origintls"
    }
  }
}

variable "zone_id" {
  type = string
}

variable "origin_addresses" {
  description = "Address of each origin, with a port or without. The machine that runs Terraform has to reach them."
  type        = set(string)
}

variable "private_key" {
  description = "Private key of client.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs it
}

locals {
  hostname = "www.example.com" # what Cloudflare asks the origins for
}

resource "origintls_zone_certificate" "edge" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/client.pem")
  private_key_wo = var.private_key
  verify_origins = [for address in var.origin_addresses : { address = address, server_name = local.hostname }]

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_zone_setting" "this" {
  zone_id = var.zone_id
  enabled = true

  depends_on = [origintls_zone_certificate.edge]
}

data "origintls_origin" "each" {
  for_each = var.origin_addresses

  hostname = local.hostname
  address  = each.key
  issuer   = file("${path.module}/ca.pem")
}

check "origins_require_the_certificate" {
  assert {
    condition     = alltrue([for o in data.origintls_origin.each : o.client_auth == "required" && o.accepts_any_certificate == false])
    error_message = join("\n", [for address, o in data.origintls_origin.each : "${address}: ${o.reason}"])
  }
}

# null, and so no failure, where an origin announces no CA: many are configured not to.
check "origins_announce_the_ca" {
  assert {
    condition     = alltrue([for o in data.origintls_origin.each : o.announces_issuer != false])
    error_message = "Without ca.pem: ${join(", ", [for address, o in data.origintls_origin.each : address if o.announces_issuer == false])}."
  }
}
