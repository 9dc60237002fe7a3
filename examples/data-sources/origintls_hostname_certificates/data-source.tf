# Certificates that expire within 30 days, whoever manages them.
data "origintls_hostname_certificates" "expiring" {
  zone_id        = "023e105f4ecef8ad9ca31a8372d0c353"
  expires_before = timeadd(plantimestamp(), "720h")
}

output "expiring" {
  value = { for c in data.origintls_hostname_certificates.expiring.certificates : c.id => c.expires_on }
}
