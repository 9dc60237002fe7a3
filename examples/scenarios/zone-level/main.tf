# One client certificate for all hostnames of a zone.

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

resource "origintls_zone_certificate" "edge" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/client.pem")
  private_key_wo = var.private_key

  lifecycle {
    create_before_destroy = true
  }
}

# The switch. It depends on the certificate, so that it is turned on once the certificate is active, and
# in a destroy is turned off before the certificate goes. Without a certificate of the zone's own the
# edge would present the one that Cloudflare shares between its customers.
resource "origintls_zone_setting" "this" {
  zone_id = var.zone_id
  enabled = true

  depends_on = [origintls_zone_certificate.edge]
}
