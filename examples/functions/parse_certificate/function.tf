# When the CA that the origin trusts expires.
output "origin_pull_ca_expires_on" {
  value = provider::origintls::parse_certificate(file("${path.module}/ca.pem")).not_after
}
