# What the edge presents, checked: by a postcondition, which is an error, and by a check, which is a warning. Both
# also see what somebody else has changed.

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

variable "private_key" {
  description = "Private key of client.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs it
}

resource "origintls_hostname_certificate" "api" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/client.pem")
  private_key_wo = var.private_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_association" "api" {
  zone_id        = var.zone_id
  hostname       = "api.example.com"
  certificate_id = origintls_hostname_certificate.api.id
}

# Read after the association has changed, so that it answers for what this apply has made.
data "origintls_effective_certificate" "api" {
  zone_id  = var.zone_id
  hostname = "api.example.com"

  depends_on = [origintls_hostname_association.api]

  lifecycle {
    postcondition {
      condition     = self.certificate_id == origintls_hostname_certificate.api.id
      error_message = "The edge does not present the new certificate for api.example.com. ${self.reason}"
    }
  }
}

# The data source stands outside of the check: inside, it would be read in each apply, and no plan would be empty.
check "needs_no_renewal" {
  assert {
    condition     = !data.origintls_effective_certificate.api.ready_for_renewal
    error_message = "The certificate of api.example.com expires on ${data.origintls_effective_certificate.api.expires_on}."
  }
}
