package bench

import (
	"fmt"
	"strings"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The size of the zone on which two providers are compared, that of a typical customer. 25 hostnames share a certificate.
const (
	comparedHostnames    = 200
	comparedCertificates = 8
)

// contender is a provider, with the configuration of a zone for it. The pairs are in files, which a rotation replaces.
type contender struct {
	name, binary string
	provider     string // "origintls"
	certificate  string // the resource type of hostname certificates
	hcl          string // with placeholders for the zone's id and the numbers of certificates and hostnames
}

func (c contender) zone(certificates, hostnames int) string {
	return fmt.Sprintf("terraform {\n  required_providers {\n    %[1]s = { source = \"%[1]s/%[1]s\" }\n  }\n}\n", c.provider) +
		fmt.Sprintf(c.hcl, zoneID(0), certificates, hostnames)
}

// contenders returns both providers for the same zone; ours twice, with single resources and with the bulk resource for hostnames.
func contenders() []contender {
	const mine, own = "origintls_hostname_certificate", "origintls"
	return []contender{
		{"cloudflare/cloudflare", *peer, "cloudflare", "cloudflare_authenticated_origin_pulls_hostname_certificate", theirs},
		{"this provider", *provider, own, mine, ours},
		{"this provider, one resource for all hostnames", *provider, own, mine, oursInBulk},
	}
}

// certificates are the certificates of both providers. Their arguments have the same names, except for that of the key.
const certificates = `resource "TYPE_zone" "edge" {
  zone_id     = %[1]q
  certificate = file("edge.pem")
  KEY = file("edge.key")
  lifecycle { create_before_destroy = true }
}
resource "TYPE_hostname" "c" {
  count       = %[2]d
  zone_id     = %[1]q
  certificate = file("c${count.index}.pem")
  KEY = file("c${count.index}.key")
  lifecycle { create_before_destroy = true }
}
`

// ourZone is the part that both of our configurations share.
var ourZone = strings.NewReplacer("TYPE_zone", "origintls_zone_certificate", "TYPE_hostname", "origintls_hostname_certificate", "KEY", "private_key_wo").Replace(certificates) +
	`resource "origintls_zone_setting" "this" {
  zone_id = origintls_zone_certificate.edge.zone_id
  enabled = true
}
`

var ours = ourZone + `resource "origintls_hostname_association" "h" {
  count          = %[3]d
  zone_id        = %[1]q
  hostname       = "h${count.index}.example.com"
  certificate_id = origintls_hostname_certificate.c[count.index %% %[2]d].id
}
`

var oursInBulk = ourZone + `resource "origintls_hostname_associations" "all" {
  zone_id = %[1]q
  associations = {
    for i in range(%[3]d) : "h${i}.example.com" => { certificate_id = origintls_hostname_certificate.c[i %% %[2]d].id }
  }
}
`

var theirs = strings.NewReplacer(
	"TYPE_zone", "cloudflare_authenticated_origin_pulls_certificate", "TYPE_hostname", "cloudflare_authenticated_origin_pulls_hostname_certificate", "KEY", "private_key",
).Replace(certificates) + `resource "cloudflare_authenticated_origin_pulls" "h" {
  count   = %[3]d
  zone_id = %[1]q
  config = [{
    hostname = "h${count.index}.example.com"
    cert_id  = cloudflare_authenticated_origin_pulls_hostname_certificate.c[count.index %% %[2]d].id
    enabled  = true
  }]
}
resource "cloudflare_authenticated_origin_pulls_settings" "this" {
  zone_id = cloudflare_authenticated_origin_pulls_certificate.edge.zone_id
  enabled = true
}
`

// issuePairs writes new pairs for all certificates into the working directory. It returns their keys.
func (s *scene) issuePairs(generation string) (keys []string) {
	s.t.Helper()
	for i := range comparedCertificates + 1 {
		name := "edge"
		if i > 0 {
			name = fmt.Sprint("c", i-1)
		}
		pair := certtest.Leaf(s.t, generation+" "+name)
		s.cli.Write(name+".pem", pair.Certificate)
		s.cli.Write(name+".key", pair.PrivateKey)
		keys = append(keys, pair.PrivateKey)
	}
	return keys
}
