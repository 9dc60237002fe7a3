import {
  to = origintls_zone_certificate.edge
  id = "023e105f4ecef8ad9ca31a8372d0c353/CERTIFICATE_ID"
}

import {
  to = origintls_zone_setting.this
  id = "023e105f4ecef8ad9ca31a8372d0c353"
}
