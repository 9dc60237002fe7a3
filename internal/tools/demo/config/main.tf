terraform {
  required_providers {
    origintls = { source = "origintls/origintls" }
  }
}

resource "origintls_zone_certificate" "edge" {
  zone_id        = "023e105f4ecef8ad9ca31a8372d0c353"
  certificate    = file("client.pem")
  private_key_wo = file("client.key")

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_zone_setting" "this" {
  zone_id = origintls_zone_certificate.edge.zone_id
  enabled = true
}
