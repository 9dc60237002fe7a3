variable "private_key" {
  description = "Private key of api.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true # Terraform 1.10, OpenTofu 1.11
  default     = null # only an upload needs it
}

resource "origintls_hostname_certificate" "api" {
  zone_id        = "023e105f4ecef8ad9ca31a8372d0c353"
  certificate    = file("${path.module}/api.pem")
  private_key_wo = var.private_key # before Terraform or OpenTofu 1.11: private_key, which is kept in the state

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  hostnames = ["api.example.com", "shop.example.com", "www.example.com"]
}

# This changes what the edge presents for each hostname, and so does removing one. From before the apply until
# after it, their origins have to trust both certificates: see the guide "Per-hostname at scale".
resource "origintls_hostname_associations" "all" {
  zone_id      = "023e105f4ecef8ad9ca31a8372d0c353"
  associations = { for h in local.hostnames : h => { certificate_id = origintls_hostname_certificate.api.id } }
}
