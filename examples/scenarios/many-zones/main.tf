# The same in many zones: a certificate of its own for each, from certificates/NAME.pem.

terraform {
  required_version = ">= 1.11" # write-only arguments and ephemeral variables

  required_providers {
    origintls = {
      source = "origintls/origintls"
    }
  }
}

variable "zones" {
  description = "Id of each zone by its name."
  type        = map(string)
}

variable "private_keys" {
  description = "Private key of each zone's certificate by the zone's name, as PEM."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
  default     = null # only an upload needs them
}

resource "origintls_zone_certificate" "edge" {
  for_each = var.zones

  zone_id        = each.value
  certificate    = file("${path.module}/certificates/${each.key}.pem")
  private_key_wo = try(var.private_keys[each.key], null)

  lifecycle {
    create_before_destroy = true
  }
}

# for_each over the certificates makes each setting depend on its zone's certificate.
resource "origintls_zone_setting" "edge" {
  for_each = origintls_zone_certificate.edge

  zone_id = each.value.zone_id
  enabled = true
}
