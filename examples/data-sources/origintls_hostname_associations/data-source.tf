# The hostnames that use a certificate, before it is rotated.
data "origintls_hostname_associations" "of_it" {
  zone_id        = "023e105f4ecef8ad9ca31a8372d0c353"
  certificate_id = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
}

output "hostnames" {
  value = [for a in data.origintls_hostname_associations.of_it.associations : a.hostname if a.enabled]
}
