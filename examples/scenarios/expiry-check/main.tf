# Checks that warn before a certificate expires. A failed check is a warning: it stops neither plan nor apply.

terraform {
  required_version = ">= 1.11" # write-only arguments and ephemeral variables; check blocks need 1.5

  required_providers {
    origintls = {
      source = "origintls/origintls"
    }
  }
}

provider "origintls" {
  expiry_warning_days = 30 # ready_for_renewal becomes true this many days before the certificate expires; 0 turns it off
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

check "certificate_needs_no_renewal" {
  assert {
    condition     = !origintls_zone_certificate.edge.ready_for_renewal
    error_message = "The client certificate ${origintls_zone_certificate.edge.serial_number} expires on ${origintls_zone_certificate.edge.expires_on}."
  }
}

# The same with a limit of its own, whatever the provider is set to: 14 days.
check "certificate_has_two_weeks_left" {
  assert {
    condition     = timecmp(timeadd(plantimestamp(), "336h"), origintls_zone_certificate.edge.expires_on) < 0
    error_message = "The client certificate expires within two weeks, on ${origintls_zone_certificate.edge.expires_on}."
  }
}
