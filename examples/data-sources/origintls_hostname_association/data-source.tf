data "origintls_hostname_association" "api" {
  zone_id  = "023e105f4ecef8ad9ca31a8372d0c353"
  hostname = "api.example.com"
}

output "api" {
  value = data.origintls_hostname_association.api.certificate_status
}
