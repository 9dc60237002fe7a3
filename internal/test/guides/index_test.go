package guides

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// TestAccIndex follows the index as a reader who has just cloned the repository, without a CLI configuration and without
// access to a registry.
func TestAccIndex(t *testing.T) {
	g := follow(t, "docs/index.md", "openssl", "curl", "make")
	o := g.newOrigin()
	g.fill("API_TOKEN=...", "API_TOKEN="+acctest.Token)
	g.fillOrigin("example.com")
	// The reader follows the link to "Installation" first.
	home := filepath.Join(g.home, "reader")
	g.do(0, "make -C '"+g.absolute(root)+"' install PLUGINS='"+home+"/.terraform.d/plugins'")
	g.env = slices.DeleteFunc(g.env, func(v string) bool { return strings.HasPrefix(v, "TF_CLI_CONFIG_FILE=") })
	g.env = append(g.env, "HOME="+home)
	g.do(0, "unset TF_CLI_CONFIG_FILE; export HOME='"+home+"'")

	g.at("Quick start")
	pair := g.block("sh")
	g.do(0, pair)
	g.step("trust the certificate")
	g.do(0, "cp client.pem "+o.dir+"/etc/tls/origin-pull.pem")
	g.write("nginx", o.dir+"/etc/site.conf")
	g.startOrigin()
	g.seesOfEdge("NONE")
	g.write("terraform", "main.tf")
	g.sh()
	g.shown()
	g.step("ask for a page")
	g.seesOfEdge("SUCCESS")
	g.shown()
	g.step("require the certificate")
	g.named("ssl_verify_client on;")
	g.sh()
	g.prints("400 No required SSL certificate was sent")
	g.served("example.com")
	g.step("rotate")
	g.do(0, pair)
	g.command(0, "cat client.pem >> /etc/nginx/tls/origin-pull.pem")
	g.do(0, "nginx -s reload")
	g.served("example.com")
	g.command(0, "terraform apply")
	g.served("example.com")
	g.command(0, "cp client.pem /etc/nginx/tls/origin-pull.pem")
	g.do(0, "nginx -s reload")
	g.served("example.com")
	g.step("go back")
	g.do(0, "rm client.key") // the page says "Only an upload needs it", and a destroy uploads nothing
	g.named("ssl_verify_client off;")
	g.command(0, "terraform destroy")
	g.served("example.com")

	g.at("Example Usage")
	g.excuse("terraform", "internal/examples applies it")
	g.at("Installation")
	if text := g.block("sh"); !strings.HasSuffix(text, "\nmake install\n") {
		t.Errorf("the test has installed the provider in another way than this:\n%s", text)
	}
}
