package acctest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// ZoneOf is the HCL of a zone with every kind of object: the setting, zone certificate "edge", hostname certificates "c0" …,
// over which the hostnames are spread in turn, and associations "h0" … Each certificate's subject contains its name and the
// generation.
func ZoneOf(t testing.TB, generation string, certificates int, hostnames []string) string {
	t.Helper()
	var hcl strings.Builder
	hcl.WriteString(Setting(true) + Certificate("zone", "edge", certtest.Leaf(t, "edge "+generation), CBD))
	for i := range certificates {
		name := fmt.Sprint("c", i)
		hcl.WriteString(Certificate("hostname", name, certtest.Leaf(t, name+" "+generation), CBD))
	}
	for i, hostname := range hostnames {
		hcl.WriteString(Association(fmt.Sprint("h", i), hostname, fmt.Sprint("c", i%certificates)))
	}
	return hcl.String()
}

// Hostnames returns n hostnames, made from a pattern such as "h%d.example.com".
func Hostnames(pattern string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(pattern, i)
	}
	return names
}

// Certificate is the HCL of a certificate resource of the given kind ("zone", "hostname").
func Certificate(kind, name string, pair certtest.Pair, extra ...string) string {
	return fmt.Sprintf("resource \"origintls_%s_certificate\" %q {\n  zone_id = %q\n  certificate = %s\n  private_key = %s\n%s\n}\n",
		kind, name, Zone, strconv.Quote(pair.Certificate), strconv.Quote(pair.PrivateKey), strings.Join(extra, "\n"))
}

// Generated is the HCL of a certificate resource of the given kind that generates its certificate. arguments are further
// lines of generate, and extra are further lines of the resource.
func Generated(kind, name, commonName, arguments string, extra ...string) string {
	return fmt.Sprintf("resource \"origintls_%s_certificate\" %q {\n  zone_id = %q\n  generate = {\n    common_name = %q\n%s\n  }\n%s\n}\n",
		kind, name, Zone, commonName, arguments, strings.Join(extra, "\n"))
}

// Association is the HCL of an association of a hostname with the hostname certificate cert.
func Association(name, hostname, cert string, extra ...string) string {
	return fmt.Sprintf("resource \"origintls_hostname_association\" %q {\n  zone_id = %q\n  hostname = %q\n  certificate_id = origintls_hostname_certificate.%s.id\n%s\n}\n",
		name, Zone, hostname, cert, strings.Join(extra, "\n"))
}

// Setting is the HCL of the zone setting "this".
func Setting(enabled bool) string {
	return fmt.Sprintf("resource \"origintls_zone_setting\" \"this\" {\n  zone_id = %q\n  enabled = %t\n}\n", Zone, enabled)
}

// CBD is the lifecycle block that a rotation without a gap needs.
const CBD = "  lifecycle { create_before_destroy = true }"
