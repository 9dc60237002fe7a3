# A module with a test: `terraform test` runs tests/, against the simulator or a zone for tests.

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
  type = set(string)

  validation {
    condition     = length(var.hostnames) <= 100
    error_message = "A certificate can have up to 100 hostnames."
  }
}

variable "certificate" {
  description = "Client certificate as PEM, leaf first."
  type        = string
}

variable "private_key" {
  description = "Private key of the certificate, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs it
}

resource "origintls_hostname_certificate" "this" {
  zone_id        = var.zone_id
  certificate    = var.certificate
  private_key_wo = var.private_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_association" "this" {
  for_each = var.hostnames

  zone_id        = var.zone_id
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.this.id
}

check "renewal" {
  assert {
    condition     = timecmp(plantimestamp(), origintls_hostname_certificate.this.expires_on) < 0
    error_message = "The certificate has expired."
  }
}
