# Rotation of a hostname certificate in a zone that holds 10 of them already: there is no room for old
# and new at the same time, so the old one is deleted first. This leaves a gap in which the hostname has no
# certificate of its own. If the zone can spare one of the 10, use create_before_destroy instead.

terraform {
  required_version = ">= 1.11" # write-only arguments and ephemeral variables

  required_providers {
    origintls = {
      source = "origintls/origintls"
    }
  }
}

variable "zone_id" {
  type = string
}

variable "private_key" {
  description = "Private key of client.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs it
}

resource "origintls_hostname_certificate" "shop" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/client.pem")
  private_key_wo = var.private_key
}

resource "origintls_hostname_association" "shop" {
  zone_id        = var.zone_id
  hostname       = "shop.example.com"
  certificate_id = origintls_hostname_certificate.shop.id

  # Cloudflare does not delete a certificate that a hostname uses (1433). So the association has to be
  # voided before, and not be moved after.
  lifecycle {
    replace_triggered_by = [origintls_hostname_certificate.shop.id]
  }
}
