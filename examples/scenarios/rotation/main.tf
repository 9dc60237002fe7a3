# Rotation without a gap, zone-level and per-hostname: put a new certificate into edge.pem or shop.pem,
# give its key, apply. create_before_destroy does the rest. issue.sh makes a CA and certificates to try it with.
#
# The edge presents the old certificate until the new one is deployed, and nothing says that all of
# Cloudflare's locations change at the same moment. So the origin has to trust the issuers of both
# before the apply begins, and until it has ended.

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

variable "edge_private_key" {
  description = "Private key of edge.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs it
}

variable "shop_private_key" {
  description = "Private key of shop.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs it
}

resource "origintls_zone_certificate" "edge" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/edge.pem")
  private_key_wo = var.edge_private_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_zone_setting" "this" {
  zone_id = var.zone_id
  enabled = true

  depends_on = [origintls_zone_certificate.edge]
}

resource "origintls_hostname_certificate" "shop" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/shop.pem")
  private_key_wo = var.shop_private_key

  lifecycle {
    create_before_destroy = true
  }
}

# Moves from the old certificate to the new one in place.
resource "origintls_hostname_association" "shop" {
  zone_id        = var.zone_id
  hostname       = "shop.example.com"
  certificate_id = origintls_hostname_certificate.shop.id
}

# To compare with `openssl x509 -outform der -in edge.pem | sha256sum`.
output "fingerprints" {
  value = {
    edge = origintls_zone_certificate.edge.fingerprint_sha256
    shop = origintls_hostname_certificate.shop.fingerprint_sha256
  }
}
