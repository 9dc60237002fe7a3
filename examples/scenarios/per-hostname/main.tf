# One client certificate for some hostnames of a zone. The others are left alone.

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

variable "hostnames" {
  description = "Hostnames that the certificate is presented for. Cloudflare allows 100 for a certificate."
  type        = set(string)
  default     = ["api.example.com", "shop.example.com"]
}

variable "hostnames_without" {
  description = "Hostnames that get no client certificate, even if the zone has one."
  type        = set(string)
  default     = ["status.example.com"]
}

variable "private_key" {
  description = "Private key of client.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs it
}

resource "origintls_hostname_certificate" "own" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/client.pem")
  private_key_wo = var.private_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_association" "own" {
  for_each = var.hostnames

  zone_id        = var.zone_id
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.own.id
}

# An association that is not enabled needs a certificate id all the same.
resource "origintls_hostname_association" "none" {
  for_each = var.hostnames_without

  zone_id        = var.zone_id
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.own.id
  enabled        = false
}
