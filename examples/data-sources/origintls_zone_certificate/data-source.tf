# The certificate that client.pem holds: found by the fingerprint of its leaf, so no id has to be looked up.
data "origintls_zone_certificate" "edge" {
  zone_id            = "023e105f4ecef8ad9ca31a8372d0c353"
  fingerprint_sha256 = provider::origintls::parse_certificate(file("client.pem")).fingerprint_sha256
}

output "edge" {
  value = "${data.origintls_zone_certificate.edge.id} expires on ${data.origintls_zone_certificate.edge.expires_on}"
}
