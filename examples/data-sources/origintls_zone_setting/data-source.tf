data "origintls_zone_setting" "this" {
  zone_id = "023e105f4ecef8ad9ca31a8372d0c353"
}

output "on" {
  value = data.origintls_zone_setting.this.enabled
}
