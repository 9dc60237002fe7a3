# Hundreds of hostnames of a zone: a certificate for every 90 of them, from certificates/NUMBER.pem (from 0), and one
# resource that ties all hostnames to their certificates.

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
  description = "The hostnames. Add new ones at the end: adding or removing one before the end moves hostnames that follow."
  type        = list(string)
}

variable "certificates" {
  description = "Directory of the certificates."
  type        = string
  default     = "certificates"
}

variable "private_keys" {
  description = "Private key of each certificate by its number, as PEM."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs them
}

locals {
  # Cloudflare allows 100 hostnames for a certificate. A certificate needs some room while hostnames move.
  chunks = { for number, chunk in chunklist(var.hostnames, 90) : number => chunk }

  number = merge([for number, chunk in local.chunks : { for hostname in chunk : hostname => number }]...)
}

resource "origintls_hostname_certificate" "edge" {
  for_each = local.chunks

  zone_id        = var.zone_id
  certificate    = file("${var.certificates}/${each.key}.pem")
  private_key_wo = try(var.private_keys[each.key], null)

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_associations" "edge" {
  zone_id = var.zone_id
  associations = {
    for hostname, number in local.number : hostname => {
      certificate_id = origintls_hostname_certificate.edge[number].id
    }
  }
}
