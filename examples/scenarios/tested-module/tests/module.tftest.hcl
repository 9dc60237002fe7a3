# Credentials and address come from CLOUDFLARE_API_TOKEN and CLOUDFLARE_BASE_URL.

variables {
  zone_id     = "023e105f4ecef8ad9ca31a8372d0c353" # the simulator takes any id of this form
  hostnames   = ["api.example.com", "shop.example.com"]
  certificate = file("tests/client.pem")
  private_key = file("tests/client.key")
}

run "serves_at_the_edge" {
  assert {
    condition     = origintls_hostname_certificate.this.status == "active"
    error_message = "The certificate is not active."
  }

  assert {
    condition     = alltrue([for a in origintls_hostname_association.this : a.status == "active" && a.enabled])
    error_message = "A hostname does not present the certificate."
  }
}

# In a plan, the status is known only where nothing is created, changed or replaced.
run "second_plan_is_empty" {
  command = plan

  assert {
    condition     = origintls_hostname_certificate.this.status == "active"
    error_message = "The certificate would be replaced."
  }

  assert {
    condition     = alltrue([for a in origintls_hostname_association.this : a.status == "active"])
    error_message = "A hostname would be changed."
  }
}

run "refuses_too_many_hostnames" {
  command = plan

  variables {
    hostnames = [for i in range(101) : "h${i}.example.com"]
  }

  expect_failures = [var.hostnames]
}
