# What the demo plans, applies, rotates and destroys.

# For every hostname of the zone that has no certificate of its own.
resource "origintls_zone_certificate" "edge" {
  zone_id     = var.zone_id
  certificate = file("${path.module}/zone.pem")
  private_key = file("${path.module}/zone.key")

  timeouts {
    create = "1m"
    delete = "1m"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# The switch. Not before there is a certificate to present.
resource "origintls_zone_setting" "this" {
  zone_id = var.zone_id
  enabled = true

  depends_on = [origintls_zone_certificate.edge]
}

# For the hostnames that want their own.
resource "origintls_hostname_certificate" "own" {
  zone_id     = var.zone_id
  certificate = file("${path.module}/hostname.pem")
  private_key = file("${path.module}/hostname.key")

  timeouts {
    create = "1m"
    delete = "1m"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_association" "own" {
  for_each = local.hostnames

  zone_id        = var.zone_id
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.own.id
}
