package guides

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	fullZone     = "9a7806061c88ada191ed06f989cc3dac"
	expiredZone  = "372e67954025e0ba6aaa6d586b9e0b59"
	verifiedZone = "5c5e3a2d9f6b4e0f8a7d1c2b3e4f5a6b"
)

// keys passes the keys to the rotation's configuration.
const keys = `export TF_VAR_edge_private_key="$(cat edge.key)" TF_VAR_shop_private_key="$(cat shop.key)" TF_VAR_private_key="$(cat client.key)"` + "\n"

func TestAccGuideRotation(t *testing.T) {
	g := follow(t, "docs/guides/rotation.md", "openssl", "curl")
	o := g.newOrigin()
	g.fill("/etc/nginx/", o.dir+"/etc/", "192.0.2.10:443", "127.0.0.1:"+o.port, "CN=New CA", "CN=next authority,O=origintls tests",
		"CN=Origin pull client", "CN=client 2b,O=origintls tests")
	former, next := certtest.CA(t, "former authority"), certtest.CA(t, "next authority")
	g.put("old-ca.pem", former.Certificate)
	g.put("new-ca.pem", next.Certificate)
	g.insisting(former)

	g.at("The configuration")
	g.write("terraform", "main.tf")
	g.put("ca.pem", former.Certificate) // instead of the CA that the script would create
	g.put("ca.key", former.PrivateKey)
	g.do(0, "cp '"+g.absolute(root)+"/examples/scenarios/rotation/issue.sh' .")
	g.sh()
	g.served("shop.example.com")
	g.do(0, "openssl x509 -outform der -in edge.pem | sha256sum | cut -d' ' -f1; terraform output fingerprints")
	if sum, outputs, _ := strings.Cut(g.out, "\n"); len(sum) != 64 || !strings.Contains(outputs, sum) {
		t.Errorf("the fingerprints differ from those of sha256sum:\n%s", g.out)
	}
	g.issue(former, "1")
	g.do(0, keys+"terraform apply")
	g.servedAs("1")

	g.at("Expected output")
	g.issue(former, "2")
	g.do(0, keys+"terraform plan")
	g.shown()
	g.world.Sim.ClearRequests()
	g.do(0, "terraform apply")
	g.servedAs("2")
	g.inOrder("POST ", "DELETE /{id}") // these requests are those of the zone certificate
	g.inOrder("POST /hostnames/certificates", "PUT /hostnames", "DELETE /hostnames/certificates/{id}")

	g.at("Ask the origins before the upload")
	g.verified(former, next)

	g.at("When the quota is full")
	g.quota(former)

	g.at("Rotation of the CA")
	g.sh()
	g.servedAs("3")
	g.do(0, "cp edge.pem lost.pem; cp edge.key lost.key")
	g.issue(next, "4")
	g.do(0, keys+"terraform apply")
	g.servedAs("4")
	thief := "curl -sk --cert lost.pem --key lost.key --resolve example.com:" + o.port + ":127.0.0.1 https://example.com:" + o.port + "/"
	g.do(0, thief)
	g.shows("the page")
	g.sh()
	g.servedAs("4")
	g.do(0, thief)
	g.shows("400")

	g.at("Expiry")
	g.issue(next, "5", func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, 10) })
	g.elsewhere("expiry")
	g.write("terraform", "main.tf")
	g.do(0, "export TF_VAR_zone_id="+expiredZone+"\nterraform init\nterraform apply")
	g.do(0, "terraform plan")
	g.shows("Warning: Certificate is ready for renewal")
	g.prints("The client certificate expires within two weeks, on")
	if n := strings.Count(g.out, "Check block assertion failed"); n != 2 { // one for each certificate
		t.Errorf("%d checks failed, want 2:\n%s", n, g.out)
	}

	g.at("Expiry alerts from Cloudflare")
	g.excuse("terraform", "the official provider's; internal/test/examples applies it with a stand-in")
}

// verified rotates to a CA that the origin does not trust, which the provider rejects, and then adds the CA at the origin.
func (g *walk) verified(former, next certtest.Pair) {
	g.t.Helper()
	back := g.dir
	trusted := g.origin.dir + "/etc/tls/origin-pull-ca.pem"
	g.elsewhere("verified")
	g.write("terraform", "main.tf")
	g.put("ca.pem", former.Certificate)
	g.do(0, "export TF_VAR_zone_id="+verifiedZone+" TF_VAR_origin_addresses='[\"127.0.0.1:"+g.origin.port+"\"]'\nterraform init\nterraform apply")
	if strings.Contains(g.out, "Warning: Check") {
		g.t.Errorf("the checks warn although the origin is set up correctly:\n%s", g.out)
	}
	g.issue(next, "2b")
	g.put("ca.pem", next.Certificate)
	g.world.Sim.ClearRequests()
	g.do(0, keys)
	g.do(1, "terraform apply")
	g.shown()
	g.shows("Without ca.pem: 127.0.0.1:" + g.origin.port)
	g.world.WantNoWrites()
	g.step("add the CA")
	g.do(0, "cat "+back+"/old-ca.pem "+back+"/new-ca.pem > "+trusted+"; nginx -s reload")
	g.do(0, "terraform apply")
	if pair, _, _ := g.world.Sim.Presents(verifiedZone, "www.example.com"); pair.Leaf == nil || pair.Leaf.Subject.CommonName != "client 2b" {
		g.t.Errorf("after the CA was added, the edge presents %v", pair.Leaf)
	}
	g.dir = back
	g.do(0, "cp "+back+"/old-ca.pem "+trusted+"; nginx -s reload")
	g.do(0, "cd "+back+"\nexport TF_VAR_zone_id="+acctest.Zone+"\n"+keys)
}

// insisting starts an origin that requires a certificate of this authority.
func (g *walk) insisting(ca certtest.Pair) {
	g.t.Helper()
	tls := g.origin.dir + "/etc/tls/"
	g.put(tls+"origin-pull-ca.pem", ca.Certificate)
	g.put(g.origin.dir+"/etc/site.conf", "server {\n  listen 127.0.0.1:"+g.origin.port+" ssl;\n"+
		"  ssl_certificate "+tls+"server.pem;\n  ssl_certificate_key "+tls+"server.key;\n"+
		"  ssl_client_certificate "+tls+"origin-pull-ca.pem;\n  ssl_verify_client on;\n}\n")
	g.startOrigin()
}

// issue replaces the certificates and keys with new ones.
func (g *walk) issue(ca certtest.Pair, generation string, change ...func(*x509.Certificate)) {
	g.t.Helper()
	for _, name := range []string{"edge", "shop", "client"} {
		pair := ca.Issue(g.t, name+" "+generation, change...)
		g.put(name+".pem", pair.Certificate)
		g.put(name+".key", pair.PrivateKey)
	}
}

// servedAs fails unless the edge presents this generation and the origin accepts it.
func (g *walk) servedAs(generation string) {
	g.t.Helper()
	for hostname, name := range map[string]string{"example.com": "edge ", "shop.example.com": "shop "} {
		g.served(hostname)
		if got := g.presents(hostname); got != name+generation {
			g.t.Errorf("in %q, the edge presents %q for %s, want %q", g.section, got, hostname, name+generation)
		}
	}
	for _, c := range g.world.State().ZoneCertificates {
		if c.Status == "active" && !strings.Contains(c.Subject, "edge "+generation) {
			g.t.Errorf("in %q, %s is still active", g.section, c.Subject)
		}
	}
}

// inOrder fails unless requests with these routes were sent in this order (see acctest.Route).
func (g *walk) inOrder(want ...string) {
	g.t.Helper()
	rest := want
	for _, r := range g.world.Sim.Requests() {
		if len(rest) > 0 && acctest.Route(r) == rest[0] {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		g.t.Errorf("in %q, %v was not sent in its place in the order %v", g.section, rest[0], want)
	}
}

// elsewhere changes to another directory, and copies the certificates and keys of this one there.
func (g *walk) elsewhere(name string) {
	g.t.Helper()
	g.do(0, "mkdir ../"+name+"; cp *.pem *.key ../"+name+"; cd ../"+name+"\n"+keys)
	g.dir = g.dir + "/../" + name
}

// quota follows what to do in a zone that has ten hostname certificates: the page's ways 2 and 3 and, to free a place again, 1.
func (g *walk) quota(ca certtest.Pair) {
	g.t.Helper()
	var others []string
	fill := func(zone string) {
		for range 9 {
			pair := ca.Issue(g.t, "other")
			others = append(others, g.world.Sim.AddCertificate(simulator.HostnameCertificate, zone, pair.Certificate, pair.PrivateKey))
		}
	}
	fill(acctest.Zone)

	g.step("use another")
	before := g.read("main.tf")
	meanwhile := strings.Replace(before, "origintls_hostname_certificate.shop.id", `"`+others[0]+`"`, 1)
	g.put("main.tf", meanwhile)
	g.do(0, "terraform apply")
	g.step("rotate without create_before_destroy")
	g.issue(ca, "3")
	edge, shop, _ := strings.Cut(meanwhile, `"origintls_hostname_certificate" "shop"`)
	g.put("main.tf", edge+`"origintls_hostname_certificate" "shop"`+strings.Replace(shop, "create_before_destroy = true", "", 1))
	g.do(0, keys+"terraform apply")
	g.served("shop.example.com")
	g.step("set both back")
	g.put("main.tf", before)
	g.do(0, "terraform apply")
	g.servedAs("3")

	g.step("delete first")
	back := g.dir
	fill(fullZone)
	g.elsewhere("full")
	g.write("terraform", "main.tf")
	g.do(0, "terraform init\nexport TF_VAR_zone_id="+fullZone+"\nterraform apply")
	g.issue(ca, "3b")
	g.do(0, keys+"terraform apply")
	if pair, _, _ := g.world.Sim.Presents(fullZone, "shop.example.com"); pair.Leaf.Subject.CommonName != "client 3b" {
		g.t.Errorf("after the deletion came first, the edge presents %s", pair.Leaf.Subject)
	}
	g.dir = back
	g.do(0, "cd "+back+"\nexport TF_VAR_zone_id="+acctest.Zone+"\n"+keys)

	g.step("delete an unused one")
	g.world.Send("DELETE", "/hostnames/certificates/"+others[0], "")
	g.world.Until(func() bool {
		return slices.ContainsFunc(g.world.State().HostnameCertificates, func(c simulator.CertificateState) bool { return c.ID == others[0] && c.Status == "deleted" })
	})
}
