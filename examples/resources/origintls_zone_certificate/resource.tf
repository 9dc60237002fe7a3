variable "private_key" {
  description = "Private key of client.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true # Terraform 1.10, OpenTofu 1.11
  default     = null # only an upload needs it
}

resource "origintls_zone_certificate" "edge" {
  zone_id        = "023e105f4ecef8ad9ca31a8372d0c353"
  certificate    = file("${path.module}/client.pem")
  private_key_wo = var.private_key # before Terraform or OpenTofu 1.11: private_key, which is kept in the state

  # Another certificate in client.pem replaces this one. The new one becomes active before the old one
  # is deleted.
  lifecycle {
    create_before_destroy = true
  }
}
