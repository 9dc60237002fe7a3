list "origintls_hostname_certificate" "all" {
  provider = origintls

  config {
    zone_id = "023e105f4ecef8ad9ca31a8372d0c353"
  }
}
