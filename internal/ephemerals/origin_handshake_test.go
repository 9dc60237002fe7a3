package ephemerals_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

const hostname = "www.example.com"

// handshake is the ephemeral resource with a postcondition, and a zone setting that its verdict does not stop.
const handshake = `
variable "certificate" { type = string }
variable "private_key" {
  type      = string
  ephemeral = true
}
ephemeral "origintls_origin_handshake" "h" {
  hostname    = "` + hostname + `"
  address     = "%s"
  certificate = var.certificate
  private_key = var.private_key
  timeout     = "5s"

  lifecycle {
    postcondition {
      condition     = self.%s
      error_message = "The postcondition does not hold."
    }
  }
}
resource "origintls_zone_setting" "this" {
  zone_id = "` + acctest.Zone + `"
  enabled = true
}
`

func write(cli *acctest.CLI, address, condition string, pair certtest.Pair) {
	cli.Write("main.tf", fmt.Sprintf(handshake, address, condition))
	cli.Env = append(cli.Env, "TF_VAR_certificate="+pair.Certificate, "TF_VAR_private_key="+pair.PrivateKey)
}

// flat returns an output without the frames and line breaks of diagnostics.
func flat(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

func TestAccOriginHandshake(t *testing.T) {
	ca, other := certtest.CA(t, "one"), certtest.CA(t, "another")
	right, wrong := ca.Issue(t, "right"), other.Issue(t, "wrong")
	for name, c := range map[string]struct {
		mode      tls.ClientAuthType
		pair      certtest.Pair
		condition string
		code      int
		says      string
	}{
		"accepted":      {tls.RequireAndVerifyClientCert, right, `accepted && self.reachable && self.client_auth == "required" && !self.accepts_any_certificate`, 0, ""},
		"refused":       {tls.RequireAndVerifyClientCert, wrong, "accepted", 1, "Warning: Origin does not accept the certificate"},
		"reason":        {tls.RequireAndVerifyClientCert, wrong, `reason != "" && !self.accepted`, 0, "The origin refuses the certificate: with it, it ends the connection (remote error: tls: unknown certificate authority)."},
		"any":           {tls.RequestClientCert, wrong, `accepted && self.accepts_any_certificate && self.client_auth == "optional"`, 0, ""},
		"none":          {tls.NoClientCert, wrong, `accepted && !self.accepts_any_certificate && self.client_auth == "none"`, 0, ""},
		"a foreign key": {tls.NoClientCert, certtest.Pair{Certificate: right.Certificate, PrivateKey: wrong.PrivateKey}, "accepted", 1, "Private key does not match certificate"},
		"no key":        {tls.NoClientCert, certtest.Pair{Certificate: right.Certificate, PrivateKey: "x"}, "accepted", 1, "The value of private_key cannot be used: it contains no PEM block"},
		"a CA":          {tls.NoClientCert, ca, "accepted", 1, "The value of certificate cannot be used: it is a CA certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			cli := w.CLI(t)
			t.Parallel()
			o := origins.StartStandIn(t, origins.NewIdentity(t, hostname))
			o.Trust(t, ca)
			o.Mode(c.mode)
			write(cli, o.Address(), c.condition, c.pair)
			out := cli.Must(c.code, "apply", "-auto-approve", "-no-color")
			if c.says != "" && !strings.Contains(flat(out), c.says) || c.says == "" && strings.Contains(out, "Origin does not accept") {
				t.Errorf("the apply prints:\n%s", out)
			}
			if regexp.MustCompile(`postcondition does not hold`).MatchString(out) != (name == "refused") {
				t.Errorf("the apply prints:\n%s", out)
			}
			for line := range strings.SplitSeq(c.pair.PrivateKey, "\n") {
				if len(line) > 20 && !strings.HasPrefix(line, "-----") && strings.Contains(out+cli.Read("terraform.tfstate"), line) {
					t.Error("the output or the state contains a line of the key")
				}
			}
		})
	}
}

// An origin that cannot be reached accepts no certificate. That is not an error either.
func TestAccOriginHandshake_Unreachable(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	write(cli, l.Addr().String(), "reachable == false && self.accepted == false && self.client_auth == null", certtest.Leaf(t, "leaf"))
	if out := cli.Apply(); !strings.Contains(flat(out), "The origin cannot be reached:") {
		t.Errorf("the apply does not give the reason:\n%s", out)
	}
}
