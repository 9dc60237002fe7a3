# When the CA ends that the origin trusts.
output "origin_pull_ca_ends_on" {
  value = provider::origintls::parse_certificate(file("${path.module}/ca.pem")).not_after
}
