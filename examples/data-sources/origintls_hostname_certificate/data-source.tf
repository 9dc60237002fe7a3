data "origintls_hostname_certificate" "api" {
  zone_id = "023e105f4ecef8ad9ca31a8372d0c353"
  id      = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
}

# A certificate that is managed elsewhere, for a hostname that is managed here.
resource "origintls_hostname_association" "api" {
  zone_id        = data.origintls_hostname_certificate.api.zone_id
  hostname       = "api.example.com"
  certificate_id = data.origintls_hostname_certificate.api.id
}
