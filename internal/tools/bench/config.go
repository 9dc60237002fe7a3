package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"
)

const certificatesPerZone = 10 // the documented limit

// way is how the hostnames are written down.
type way string

const (
	single way = "single" // origintls_hostname_association, one each
	bulk   way = "bulk"   // origintls_hostname_associations, one for a zone
	floor  way = "floor"  // terraform_data, which the CLI has built in: what as many resources cost it at least
)

// layout is a configuration to measure.
type layout struct {
	zones, hostnames int // hostnames in each zone
	way              way
}

func zoneID(i int) string { return fmt.Sprintf("%032x", i+1) }

func hostname(i int) string { return fmt.Sprintf("h%d.example.com", i) }

// certificatesHCL is ten certificates for each zone.
func certificatesHCL(zones int) (string, error) {
	var hcl strings.Builder
	hcl.WriteString("terraform {\n  required_providers {\n    origintls = { source = \"origintls/origintls\" }\n  }\n}\n")
	for z := range zones {
		fmt.Fprintf(&hcl, "locals {\n  z%d = [\n", z)
		for c := range certificatesPerZone {
			certificate, key, err := issue(fmt.Sprintf("zone %d certificate %d", z, c))
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&hcl, "    { certificate = %q, key = %q },\n", certificate, key)
		}
		fmt.Fprintf(&hcl, `  ]
}
resource "origintls_hostname_certificate" "z%[1]d" {
  count       = %[2]d
  zone_id     = %[3]q
  certificate = local.z%[1]d[count.index].certificate
  private_key = local.z%[1]d[count.index].key
}
`, z, certificatesPerZone, zoneID(z))
	}
	return hcl.String(), nil
}

// associationsHCL spreads the hostnames evenly over the certificates of their zone.
func associationsHCL(l layout) string {
	// The hostnames are a local value: the CLI evaluates for_each again for each instance, and an expression of a
	// thousand hostnames there would cost it several times as much as the plan.
	const one = `locals {
  hostnames%[1]d = { for i in range(%[2]d) : "h${i}.example.com" => i }
}
resource "origintls_hostname_association" "z%[1]d" {
  for_each       = local.hostnames%[1]d
  zone_id        = %[3]q
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.z%[1]d[each.value %% %[4]d].id
}
`
	const all = `resource "origintls_hostname_associations" "z%[1]d" {
  zone_id      = %[3]q
  associations = { for i in range(%[2]d) : "h${i}.example.com" => { certificate_id = origintls_hostname_certificate.z%[1]d[i %% %[4]d].id } }
}
`
	const least = `locals {
  hostnames%[1]d = { for i in range(%[2]d) : "h${i}.example.com" => i }
}
resource "terraform_data" "z%[1]d" {
  for_each = local.hostnames%[1]d
  input    = { zone_id = %[3]q, hostname = each.key, certificate = each.value %% %[4]d }
}
`
	text := map[way]string{single: one, bulk: all, floor: least}[l.way]
	var hcl strings.Builder
	for z := range l.zones {
		fmt.Fprintf(&hcl, text, z, l.hostnames, zoneID(z), certificatesPerZone)
	}
	return hcl.String()
}

// issue makes a self-signed client certificate and its key, in PEM.
func issue(commonName string) (certificate, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.AddDate(1, 0, 0), // so that no expiry warning joins in
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", keyDER), nil
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
