package guides

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestAccGuideOrigin(t *testing.T) {
	g := follow(t, "docs/guides/origin.md", "curl")
	o := g.newOrigin()
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello "+r.Header.Get("X-Client-Subject"))
	}))
	t.Cleanup(application.Close)
	g.fillOrigin("www.example.com")
	g.fill("http://127.0.0.1:8080", application.URL)
	ca := certtest.CA(t, "authority")
	g.issue(ca, "1")
	trusted := o.dir + "/etc/tls/origin-pull-ca.pem"

	g.at("nginx")
	g.write("nginx", o.dir+"/etc/site.conf")
	const tested = "internal/test/origins runs examples/origins, of which this is one"
	g.at("Apache httpd")
	g.excuse("apache", tested)
	g.at("HAProxy")
	g.excuse("haproxy", tested)
	g.at("Caddy")
	g.excuse("caddyfile", tested)
	g.at("AWS Application Load Balancer")
	g.excuse("terraform", "needs AWS, and the page says that it is not tested")

	g.at("Roll out")
	g.put(trusted, ca.Certificate)
	g.startOrigin()
	g.step("begin with another line")
	if status, _ := g.visit("www.example.com"); status != http.StatusBadRequest {
		t.Errorf("without a certificate, the origin with the unchanged file answers %d", status)
	}
	g.named("ssl_verify_client optional;")
	g.seesOfEdge("NONE -")
	g.put("main.tf", mine)
	g.do(0, "terraform init; terraform apply")
	g.seesOfEdge("SUCCESS CN=client 1")
	g.look(certtest.CA(t, "another").Issue(t, "stranger"))
	g.named("ssl_verify_client on;")
	g.sh()
	g.at("What a refusal looks like")
	g.prints("400 No required SSL certificate was sent")
	g.seesOfEdge("SUCCESS CN=client 1")
	if _, body := g.visit("www.example.com"); !strings.Contains(body, "hello CN=client 1") {
		t.Errorf("the application received %q", body)
	}

	g.at("Check the origin with Terraform")
	g.write("terraform", "origin.tf")
	g.put("ca.pem", ca.Certificate)
	g.do(0, "export TF_VAR_origin_address=127.0.0.1:"+o.port+"; terraform plan -detailed-exitcode")
	if strings.Contains(g.out, "Check block assertion failed") {
		t.Errorf("the checks warn of an origin that requires certificates:\n%s", g.out)
	}
	g.verifies("ssl_verify_client optional;")
	g.do(0, "terraform plan")
	g.shown()
	g.verifies("ssl_verify_client on;")
	g.do(0, "rm origin.tf")

	g.at("Change of the CA")
	next := certtest.CA(t, "next authority")
	g.put("old-ca.pem", ca.Certificate)
	g.put("new-ca.pem", next.Certificate)
	const bundle = "cat old-ca.pem new-ca.pem > /etc/nginx/tls/origin-pull-ca.pem"
	g.code(bundle)
	g.do(0, strings.Replace(bundle, "/etc/nginx/tls/origin-pull-ca.pem", trusted, 1)+"; nginx -s reload")
	g.seesOfEdge("SUCCESS CN=client 1")
	g.issue(next, "2")
	g.do(0, "terraform apply; cp new-ca.pem "+trusted+"; nginx -s reload")
	g.seesOfEdge("SUCCESS CN=client 2")
}

// look uses the directive of the column "Log only" while a client presents a certificate of another CA.
func (g *walk) look(stranger certtest.Pair) {
	g.t.Helper()
	g.named("ssl_verify_client optional_no_ca;")
	before := g.origin.log("origin-pull.log")
	g.put("stranger.pem", stranger.Certificate)
	g.put("stranger.key", stranger.PrivateKey)
	g.do(0, "curl -sk --cert stranger.pem --key stranger.key --resolve www.example.com:"+g.origin.port+":127.0.0.1 https://www.example.com:"+g.origin.port+"/")
	g.logged("origin-pull.log", before, " 200 FAILED:")
	g.shows("CN=stranger")
}
