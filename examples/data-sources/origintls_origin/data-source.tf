variable "origin_address" {
  description = "The origin's own address: the hostname itself leads to Cloudflare's edge."
  type        = string
}

data "origintls_origin" "www" {
  hostname = "www.example.com"
  address  = var.origin_address
  issuer   = file("${path.module}/ca.pem")
}

# A failed check is a warning. An origin that cannot be reached from here fails it as well; for those,
# begin the condition with !data.origintls_origin.www.reachable ||.
check "origin_requires_the_certificate" {
  assert {
    condition     = data.origintls_origin.www.client_auth == "required" && data.origintls_origin.www.accepts_any_certificate == false
    error_message = data.origintls_origin.www.reason
  }

  # null, and so no failure, where the origin announces no CA at all.
  assert {
    condition     = data.origintls_origin.www.announces_issuer != false
    error_message = "The origin announces other CAs: ${join("; ", coalesce(data.origintls_origin.www.acceptable_issuers, []))}."
  }
}
