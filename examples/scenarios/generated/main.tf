# Certificates that make and renew themselves: no key is stored anywhere, and a job that applies every night is all the
# rotation. A CA of yours signs the zone's certificate; that of the hostname is self-signed, and the origin's trust
# follows it by dependency.

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

variable "ca_private_key" {
  description = "Private key of ca.pem, as PEM. Needed only when a certificate is made."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # needed only when a certificate is made
}

# The edge presents a zone certificate as soon as it is deployed. The origin trusts it already, because it trusts the CA.
resource "origintls_zone_certificate" "edge" {
  zone_id = var.zone_id

  generate = {
    common_name       = "edge origin pull"
    ca_certificate    = file("${path.module}/ca.pem")
    ca_private_key_wo = var.ca_private_key
  }

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
  zone_id = var.zone_id

  generate = {
    common_name       = "shop origin pull"
    validity_days     = 60
    renew_before_days = 20
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Put here what adds a certificate to those that your origin trusts, and reloads the origin. Those of before stay in the file:
# their keys no longer exist anywhere.
resource "terraform_data" "trust" {
  input            = origintls_hostname_certificate.shop.certificate
  triggers_replace = origintls_hostname_certificate.shop.fingerprint_sha256

  provisioner "local-exec" {
    command     = "printf %s \"$CERTIFICATE\" >> '${path.module}/trusted.pem'"
    environment = { CERTIFICATE = self.input }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# The hostname moves to a new certificate once the origin trusts it.
resource "origintls_hostname_association" "shop" {
  zone_id        = var.zone_id
  hostname       = "shop.example.com"
  certificate_id = origintls_hostname_certificate.shop.id

  depends_on = [terraform_data.trust]
}
