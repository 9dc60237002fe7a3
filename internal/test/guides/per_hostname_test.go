package guides

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// more is a number of hostnames for which the guide's configuration needs a second certificate.
const more = 95

func TestAccGuidePerHostname(t *testing.T) {
	g := follow(t, "docs/guides/per-hostname.md", "openssl", "curl", "jq")
	g.oneHostname()
	hostnames := acctest.Hostnames("h%d.example.com", more)
	given := func(name string, value any) {
		t.Helper()
		raw, err := json.Marshal(value)
		acctest.NoError(t, err)
		g.do(0, "export TF_VAR_"+name+"='"+string(raw)+"'")
	}

	g.at("More than 100 hostnames")
	g.do(0, `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=CA" -keyout ca.key -out ca.pem
printf '%s\n' basicConstraints=critical,CA:FALSE extendedKeyUsage=clientAuth > client.ext`)
	certificates := g.block("sh")
	g.do(0, certificates)
	g.write("terraform", "main.tf")
	scenario := g.read("main.tf")
	given("hostnames", hostnames)
	g.sh()
	g.do(0, "export TF_VAR_zone_id="+acctest.Zone+"\nterraform init\nterraform apply")
	for hostname, want := range map[string]string{hostnames[0]: "Origin pull client 0", hostnames[more-1]: "Origin pull client 1"} {
		if got := g.presents(hostname); got != want {
			t.Errorf("the edge presents %q for %s, want %q", got, hostname, want)
		}
	}
	g.byNumber(scenario)
	g.do(0, "terraform destroy")

	g.at("Hostnames that present nothing")
	g.nothing()
	g.at("Requests")
	g.write("terraform", "budget.tf")
	g.unchanged("terraform plan -detailed-exitcode")
	g.do(0, "terraform destroy")

	g.at("Several zones")
	g.step("use a module")
	g.put("per-hostname/main.tf", scenario)
	g.do(0, "rm budget.tf")
	g.write("terraform", "main.tf")
	given("zones", map[string]any{"com": map[string]any{"id": acctest.Zone, "hostnames": hostnames}, "net": map[string]any{"id": fullZone, "hostnames": hostnames[:3]}})
	for _, zone := range []string{"com", "net"} {
		g.do(0, strings.NewReplacer("certificates", "certificates/"+zone, "keys", "keys/"+zone, "Origin pull client", zone).Replace(certificates))
	}
	g.sh()
	g.do(0, "terraform init; terraform apply")
	pair, _, ok := g.world.Sim.Presents(fullZone, hostnames[2])
	if !ok || pair.Leaf.Subject.CommonName != "net 0" || g.presents(hostnames[more-1]) != "com 1" {
		t.Errorf("the edge presents %v and %s", pair.Leaf, g.presents(hostnames[more-1]))
	}
	g.do(0, "terraform destroy")

	g.at("From a resource for each hostname to one for all")
	g.oneForAll(g.read("keys/0.key"))
}

// oneHostname follows how a hostname gets a certificate of its own while its origin requires the zone's certificate, and how
// it gets back to that one.
func (g *walk) oneHostname() {
	g.t.Helper()
	o := g.newOrigin()
	g.fillOrigin("shop.example.com")
	g.fill("ORIGIN_ADDRESS:443", "127.0.0.1:"+o.port)
	sees := func(name string) {
		g.t.Helper()
		before := o.log("shop-pull.log")
		g.served("shop.example.com")
		g.logged("shop-pull.log", before, " 200 SUCCESS CN="+name)
	}
	reload := func() { g.t.Helper(); g.do(0, "nginx -s reload") }
	const both = "cat /etc/nginx/tls/origin-pull.pem shop.pem > /etc/nginx/tls/shop-pull.pem"
	zone := certtest.Leaf(g.t, "zone")
	g.put("client.pem", zone.Certificate)
	g.put("client.key", zone.PrivateKey)
	g.put("main.tf", mine)
	g.do(0, "terraform init; terraform apply")

	g.at("One hostname with a certificate of its own")
	pair := g.block("sh")
	g.do(0, pair)
	g.step("trust both")
	g.do(0, "cp client.pem "+o.dir+"/etc/tls/origin-pull.pem")
	g.command(0, both)
	g.put(o.dir+"/etc/site.conf", "log_format origin_pull '$remote_addr \"$request\" $status $ssl_client_verify $ssl_client_s_dn';\n"+g.block("nginx"))
	g.startOrigin()
	g.do(0, "nginx -t")
	accepted := g.block("sh")
	g.do(0, accepted)
	g.shows("the page")
	sees("zone")
	g.step("add the resources")
	g.write("terraform", "shop.tf")
	g.command(0, "terraform apply")
	g.step("ask for a page")
	sees("Shop origin pull")
	g.shown()
	g.step("trust its own alone")
	const own = "cp shop.pem /etc/nginx/tls/shop-pull.pem"
	g.command(0, own)
	reload()
	sees("Shop origin pull")
	g.sh()
	g.prints("400 No required SSL certificate was sent")
	g.shows("Shop origin pull")
	if strings.Contains(g.out, "CN = zone") || strings.Contains(g.out, "CN=zone") {
		g.t.Errorf("nginx still trusts the certificate of the zone:\n%s", g.out)
	}
	g.do(0, "curl -sk --cert client.pem --key client.key --resolve shop.example.com:"+o.port+":127.0.0.1 https://shop.example.com:"+o.port+"/")
	g.prints("400 The SSL certificate error")

	g.step("rotate")
	g.do(0, strings.Replace(pair, "/CN=Shop origin pull", "/CN=Shop origin pull 2027", 1))
	g.command(0, "cat shop.pem >> /etc/nginx/tls/shop-pull.pem")
	reload()
	g.do(0, accepted)
	g.shows("the page")
	sees("Shop origin pull")
	g.command(0, "terraform apply")
	sees("Shop origin pull 2027")
	g.command(0, own)
	reload()
	sees("Shop origin pull 2027")

	g.step("go back")
	g.command(0, both)
	reload()
	g.do(0, "rm shop.tf")
	g.command(0, "terraform apply")
	sees("zone")
	g.step("use the file of the zone")
	g.do(0, "sed -i 's|/tls/shop-pull.pem|/tls/origin-pull.pem|' "+o.dir+"/etc/site.conf; rm "+o.dir+"/etc/tls/shop-pull.pem")
	reload()
	sees("zone")
	g.do(0, "terraform destroy")
}

// byNumber follows how hostnames keep their certificates even if others are inserted before them.
func (g *walk) byNumber(scenario string) {
	g.t.Helper()
	g.step("pin hostnames")
	g.command(0, "echo 'local.number' | terraform console")
	g.shows(`"h1.example.com" = "0"`)
	before, rest, _ := strings.Cut(scenario, "variable \"hostnames\" {")
	_, rest, _ = strings.Cut(rest, "\n}\n")
	between, rest, _ := strings.Cut(rest, "locals {")
	_, after, _ := strings.Cut(rest, "\n}\n")
	g.put("main.tf", before+between+g.block("terraform")+after)
	g.unchanged("terraform plan")
	g.shows("Plan: 0 to add, 1 to change, 0 to destroy.") // the certificates do not change
	g.do(0, "terraform apply")
	if first, second := g.presents("api.example.com"), g.presents("shop.example.com"); first != "Origin pull client 0" || second != "Origin pull client 1" {
		g.t.Errorf("the edge presents %q and %q", first, second)
	}
}

// nothing follows how the edge presents no certificate for a hostname although the zone has one.
func (g *walk) nothing() {
	g.t.Helper()
	for kind, name := range map[simulator.Kind]string{simulator.ZoneCertificate: "of the zone", simulator.HostnameCertificate: "of the hostname"} {
		pair := certtest.Leaf(g.t, name)
		g.world.Sim.AddCertificateAs(kind, acctest.Zone, zoneID, pair.Certificate, pair.PrivateKey)
	}
	g.world.Sim.SetSetting(acctest.Zone, true)
	g.put("main.tf", declared+g.block("terraform"))
	g.do(0, "terraform apply")
	g.step("disable a hostname")
	g.step("leave a hostname out")
	for hostname, want := range map[string]string{"api.example.com": "of the hostname", "status.example.com": "", "www.example.com": "of the zone"} {
		if got := g.presents(hostname); got != want {
			g.t.Errorf("the edge presents %q for %s, want %q", got, hostname, want)
		}
	}
}

// oneForAll starts with a resource for each hostname, writes the bulk resource, and follows how to change the state.
func (g *walk) oneForAll(key string) {
	g.t.Helper()
	certificate := declared + `
resource "origintls_hostname_certificate" "own" {
  zone_id     = "` + acctest.Zone + `"
  certificate = file("certificates/0.pem")
  private_key = file("client.key")
}
`
	g.put("client.key", key)
	g.put("main.tf", certificate+`
resource "origintls_hostname_association" "own" {
  for_each = toset(["api.example.com", "shop.example.com"])

  zone_id        = origintls_hostname_certificate.own.zone_id
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.own.id
}
`)
	g.do(0, "terraform init; terraform apply")
	exception := certtest.Leaf(g.t, "of another resource")
	g.world.Sim.AddCertificateAs(simulator.HostnameCertificate, acctest.Zone, hostID, exception.Certificate, exception.PrivateKey)
	g.world.Sim.AddAssociation(acctest.Zone, "other.example.com", hostID, true)
	g.step("write the new resource")
	g.put("main.tf", certificate+`
resource "origintls_hostname_associations" "edge" {
  zone_id      = origintls_hostname_certificate.own.zone_id
  associations = { for name in ["api.example.com", "shop.example.com"] : name => { certificate_id = origintls_hostname_certificate.own.id } }
}
`)
	g.unchanged(g.block("sh"))
	g.step("check the plan")
	g.shows("Plan: 1 to add, 0 to change, 0 to destroy.")
	g.do(0, "terraform apply")
	for hostname, want := range map[string]string{"api.example.com": "Origin pull client 0", "shop.example.com": "Origin pull client 0", "other.example.com": "of another resource"} {
		if got := g.presents(hostname); got != want {
			g.t.Errorf("the edge presents %q for %s, want %q", got, hostname, want)
		}
	}
}
