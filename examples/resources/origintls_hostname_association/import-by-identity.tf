import {
  to = origintls_hostname_association.api
  identity = {
    zone_id  = "023e105f4ecef8ad9ca31a8372d0c353"
    hostname = "api.example.com"
  }
}
