package main

import (
	"errors"
	"fmt"
)

// The zone on which two providers are compared: what a middling customer has. 25 hostnames share a certificate.
const (
	comparedHostnames    = 200
	comparedCertificates = 8
)

// contender is a provider and how a zone is written down for it. The pairs are in files, and in a rotation others
// take their place.
type contender struct {
	name, binary string
	certificate  string // the type of hostname certificates
	hcl          string // with places for the zone's id and the numbers of certificates and of hostnames
}

func (c contender) zone(certificates, hostnames int) string {
	return fmt.Sprintf(c.hcl, zoneID(0), certificates, hostnames)
}

// ourZone is what both of our ways to write the hostnames share.
const ourZone = `terraform {
  required_providers {
    origintls = { source = "origintls/origintls" }
  }
}
resource "origintls_zone_certificate" "edge" {
  zone_id        = %[1]q
  certificate    = file("edge.pem")
  private_key_wo = file("edge.key")
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_certificate" "c" {
  count          = %[2]d
  zone_id        = %[1]q
  certificate    = file("c${count.index}.pem")
  private_key_wo = file("c${count.index}.key")
  lifecycle { create_before_destroy = true }
}
resource "origintls_zone_setting" "this" {
  zone_id = origintls_zone_certificate.edge.zone_id
  enabled = true
}
`

const ours = ourZone + `resource "origintls_hostname_association" "h" {
  count          = %[3]d
  zone_id        = %[1]q
  hostname       = "h${count.index}.example.com"
  certificate_id = origintls_hostname_certificate.c[count.index %% %[2]d].id
}
`

const oursInBulk = ourZone + `resource "origintls_hostname_associations" "all" {
  zone_id = %[1]q
  associations = {
    for i in range(%[3]d) : "h${i}.example.com" => { certificate_id = origintls_hostname_certificate.c[i %% %[2]d].id }
  }
}
`

const theirs = `terraform {
  required_providers {
    cloudflare = { source = "cloudflare/cloudflare" }
  }
}
resource "cloudflare_authenticated_origin_pulls_certificate" "edge" {
  zone_id     = %[1]q
  certificate = file("edge.pem")
  private_key = file("edge.key")
  lifecycle { create_before_destroy = true }
}
resource "cloudflare_authenticated_origin_pulls_hostname_certificate" "c" {
  count       = %[2]d
  zone_id     = %[1]q
  certificate = file("c${count.index}.pem")
  private_key = file("c${count.index}.key")
  lifecycle { create_before_destroy = true }
}
resource "cloudflare_authenticated_origin_pulls" "h" {
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

// contenders are both providers on the same zone; ours in both ways of writing hostnames down.
func contenders(own, peer string) []contender {
	const mine = "origintls_hostname_certificate"
	return []contender{
		{"cloudflare/cloudflare", peer, "cloudflare_authenticated_origin_pulls_hostname_certificate", theirs},
		{"this provider", own, mine, ours},
		{"this provider, one resource for all hostnames", own, mine, oursInBulk},
	}
}

// issuePairs writes new pairs for all certificates into the working directory and returns their keys.
func (s *scene) issuePairs(generation string) ([]string, error) {
	var keys []string
	for i := range comparedCertificates + 1 {
		name := "edge"
		if i > 0 {
			name = fmt.Sprint("c", i-1)
		}
		certificate, key, err := issue(generation + " " + name)
		if err := errors.Join(err, s.write(name+".pem", certificate), s.write(name+".key", key)); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
