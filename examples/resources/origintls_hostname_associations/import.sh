# zone_id; imports all associations of the zone
terraform import origintls_hostname_associations.all 023e105f4ecef8ad9ca31a8372d0c353
