import {
  to = origintls_hostname_association.api
  id = "023e105f4ecef8ad9ca31a8372d0c353/api.example.com"
}
