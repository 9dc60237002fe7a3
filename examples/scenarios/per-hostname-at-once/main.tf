# Hundreds of hostnames of a zone on several certificates, in one resource.

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

variable "shops" {
  description = "How many shops there are."
  type        = number
  default     = 150
}

variable "first_private_key" {
  description = "Private key of first.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "second_private_key" {
  description = "Private key of second.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
}

locals {
  # Cloudflare allows 100 hostnames for a certificate.
  certificates = [origintls_hostname_certificate.first.id, origintls_hostname_certificate.second.id]
}

resource "origintls_hostname_certificate" "first" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/first.pem")
  private_key_wo = var.first_private_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_certificate" "second" {
  zone_id        = var.zone_id
  certificate    = file("${path.module}/second.pem")
  private_key_wo = var.second_private_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_associations" "shops" {
  zone_id = var.zone_id
  associations = {
    for i in range(var.shops) : "shop${i}.example.com" => {
      certificate_id = local.certificates[floor(i / 100)]
    }
  }
}
