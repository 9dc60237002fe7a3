variable "origin_address" {
  description = "The origin's own address: the hostname itself leads to Cloudflare's edge."
  type        = string
}

variable "private_key" {
  description = "Private key of client.pem, as PEM."
  type        = string
  sensitive   = true
  ephemeral   = true
}

ephemeral "origintls_origin_handshake" "www" {
  hostname    = "www.example.com"
  address     = var.origin_address
  certificate = file("${path.module}/client.pem")
  private_key = var.private_key

  lifecycle {
    postcondition {
      condition     = self.accepted
      error_message = "The origin does not accept client.pem." # a warning says why
    }
  }
}
