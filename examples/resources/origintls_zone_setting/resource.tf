resource "origintls_zone_setting" "this" {
  zone_id = "023e105f4ecef8ad9ca31a8372d0c353"
  enabled = true
}
