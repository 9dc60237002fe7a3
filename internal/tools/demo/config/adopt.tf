# The same things for a second state that imports them. It holds no key: an imported certificate
# needs none until it is replaced.

resource "origintls_zone_certificate" "edge" {
  zone_id     = var.zone_id
  certificate = file("${path.module}/zone.pem")
}

resource "origintls_zone_setting" "this" {
  zone_id = var.zone_id
  enabled = true
}

resource "origintls_hostname_certificate" "own" {
  zone_id     = var.zone_id
  certificate = file("${path.module}/hostname.pem")
}

resource "origintls_hostname_association" "own" {
  for_each = local.hostnames

  zone_id        = var.zone_id
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.own.id
}
