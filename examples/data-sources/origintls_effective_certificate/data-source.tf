data "origintls_effective_certificate" "api" {
  zone_id  = "023e105f4ecef8ad9ca31a8372d0c353"
  hostname = "api.example.com"
}

check "api_presents_a_certificate" {
  assert {
    condition     = data.origintls_effective_certificate.api.source != "none"
    error_message = "The edge presents no certificate for api.example.com. ${data.origintls_effective_certificate.api.reason}"
  }
}
