# "It is important to keep only one certificate active", says Cloudflare: of several, the edge uses the one
# that was deployed last.
data "origintls_zone_certificates" "active" {
  zone_id = "023e105f4ecef8ad9ca31a8372d0c353"
  status  = "active"
}

check "one_active_certificate" {
  assert {
    condition     = length(data.origintls_zone_certificates.active.certificates) <= 1
    error_message = "Active: ${join(", ", data.origintls_zone_certificates.active.certificates[*].serial_number)}"
  }
}
