variable "private_key" {
  description = "Private key of api.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true # Terraform 1.10, OpenTofu 1.11
  default     = null # only an upload needs it
}

# It is presented for the hostnames that an origintls_hostname_association ties to it.
resource "origintls_hostname_certificate" "api" {
  zone_id        = "023e105f4ecef8ad9ca31a8372d0c353"
  certificate    = file("${path.module}/api.pem")
  private_key_wo = var.private_key # before Terraform or OpenTofu 1.11: private_key, which is kept in the state

  # Another certificate in api.pem replaces this one. The new one becomes active and the hostnames move to it
  # before the old one is deleted.
  lifecycle {
    create_before_destroy = true
  }
}
