package resources_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

const served = "www.example.com"

func standIn(t *testing.T) *origins.StandIn {
	t.Helper()
	return origins.StartStandIn(t, origins.NewIdentity(t, served))
}

// verify returns the argument verify_origins with these addresses.
func verify(addresses ...string) string {
	text := "  verify_origins = [\n"
	for _, a := range addresses {
		text += fmt.Sprintf("    { address = %q, server_name = %q, timeout = \"5s\" },\n", a, served)
	}
	return text + "  ]\n"
}

// sentNothing fails if the API has received a request that is not a read.
func sentNothing(w *acctest.World) error {
	if n := w.Writes(); n > 0 {
		return fmt.Errorf("%d writes were sent", n)
	}
	return nil
}

// refusedPort returns an address that refuses connections.
func refusedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return l.Addr().String()
}

// withKey is the HCL of a certificate whose key is in private_key. If writeOnly is true, the key is in private_key_wo, and the
// certificate is write-only too.
func withKey(kind simulator.Kind, writeOnly bool, pair certtest.Pair, extra ...string) string {
	hcl := acctest.Certificate(string(kind), "c", pair, extra...)
	if writeOnly {
		hcl = strings.NewReplacer("  certificate = ", "  certificate_wo = ", "  private_key = ", "  private_key_wo = ").Replace(hcl)
	}
	return hcl
}

// The provider does not upload a certificate that an origin rejects: the old certificate stays, and so does the state. Once
// the origin trusts the new certificate, the same apply succeeds.
func TestAccVerifyOrigins_RefusedIsNotUploaded(t *testing.T) {
	for _, kind := range kinds {
		for _, writeOnly := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, write-only %v", kind, writeOnly), func(t *testing.T) {
				w := acctest.New(t)
				o, other := standIn(t), standIn(t)
				one, two := certtest.CA(t, "one"), certtest.CA(t, "two")
				first, second := one.Issue(t, "first"), two.Issue(t, "second")
				o.Trust(t, one)
				other.Trust(t, one, two)
				config := func(pair certtest.Pair) string {
					return w.Provider() + withKey(kind, writeOnly, pair, verify(other.Address(), o.Address()), acctest.CBD)
				}
				w.Run(
					t,
					resource.TestStep{Config: config(first), Check: w.Check(liveIs(kind, first))},
					resource.TestStep{
						PreConfig: w.Sim.ClearRequests,
						Config:    config(second),
						ExpectError: acctest.Says("Unable to verify origin", "Object: origin "+o.Address()+", server name www.example.com.",
							"The origin refuses the certificate: with it, it ends the connection (remote error: tls: unknown certificate authority). Nothing was sent to Cloudflare",
							`What to do: add the CA "CN=two,O=origintls tests", which has signed the certificate "CN=second,O=origintls tests", to the certificates that the origin trusts`,
							`The origin announces that it trusts: "CN=one,O=origintls tests".`, `The origin's own certificate is "CN=origin,O=origintls tests".`),
					},
					resource.TestStep{ // nothing was sent, tainted or deposed, so the former configuration needs no change
						Config: config(first), ConfigPlanChecks: plans(kind, plancheck.ResourceActionNoop),
						Check: resource.ComposeTestCheckFunc(w.Check(liveIs(kind, first)), w.Check(sentNothing)),
					},
					resource.TestStep{
						PreConfig: func() { o.Trust(t, one, two) },
						Config:    config(second), Check: w.Check(liveIs(kind, second)),
					},
				)
			})
		}
	}
}

func TestAccVerifyOrigins_FirstUpload(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			w := acctest.New(t)
			o, dead := standIn(t), refusedPort(t)
			own := certtest.Leaf(t, "own")
			config := func(address string) string {
				return w.Provider() + acctest.Certificate(string(kind), "c", own, verify(address))
			}
			w.Run(
				t,
				resource.TestStep{
					Config: config(o.Address()),
					ExpectError: acctest.Says("Unable to verify origin", "The origin refuses the certificate",
						`What to do: add the certificate "CN=own,O=origintls tests", which is self-signed, to the certificates that the origin trusts`),
				},
				resource.TestStep{
					Config: config(dead),
					ExpectError: acctest.Says("Unable to verify origin", "Object: origin "+dead, "The origin cannot be reached:", "connection refused",
						"What to do: let the machine that runs Terraform reach the origin"),
				},
				resource.TestStep{
					PreConfig: func() {
						if err := acctest.NothingLive(w); err != nil || w.Writes() > 0 {
							t.Errorf("%d writes were sent: %v", w.Writes(), err)
						}
						o.Trust(t, own)
					},
					Config: config(o.Address()), Check: w.Check(liveIs(kind, own)),
				},
			)
		})
	}
}

// A plan connects to no origin. A change of only verify_origins sends no request and connects to no origin.
func TestAccVerifyOrigins_IsConfigurationOnly(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			w := acctest.New(t)
			o := standIn(t)
			own := certtest.Leaf(t, "own")
			config := func(extra string) string {
				return w.Provider() + acctest.Certificate(string(kind), "c", own, extra)
			}
			id := w.Sim.AddCertificate(kind, acctest.Zone, own.Certificate, own.PrivateKey)
			quiet := w.Check(func(w *acctest.World) error {
				if n := o.Connections(); n > 0 {
					return fmt.Errorf("%d connections were made to the origin", n)
				}
				return sentNothing(w)
			})
			imported := fmt.Sprintf("\nimport {\n  to = %s\n  id = %q\n}\n", address(kind), acctest.Zone+"/"+id)
			step := func(extra string, action plancheck.ResourceActionType) resource.TestStep {
				return resource.TestStep{Config: config(extra), ConfigPlanChecks: plans(kind, action), Check: quiet}
			}
			w.Run(
				t,
				resource.TestStep{ // a plan connects to no origin, although this one would reject the certificate
					Config: config(verify(o.Address())), PlanOnly: true, ExpectNonEmptyPlan: true,
				},
				resource.TestStep{ // the import is followed by an update that sends nothing
					Config: config(verify(o.Address())) + imported, ConfigPlanChecks: plans(kind, plancheck.ResourceActionUpdate), Check: quiet,
				},
				step(verify(o.Address()), plancheck.ResourceActionNoop),
				step(verify(o.Address(), refusedPort(t)), plancheck.ResourceActionUpdate),
				step("  verify_origins = []", plancheck.ResourceActionUpdate),
				step("", plancheck.ResourceActionUpdate),
				step("", plancheck.ResourceActionNoop),
			)
		})
	}
}

// Origins whose address is unknown at plan are probed during the apply.
func TestAccVerifyOrigins_UnknownAtPlan(t *testing.T) {
	for name, origin := range map[string]string{
		"address":                "[{ address = terraform_data.address.output, server_name = \"www.example.com\" }]",
		"list":                   "[for a in terraform_data.address[*].output : { address = a, server_name = \"www.example.com\" }]",
		"whole":                  "terraform_data.list.output",
		"element":                "[terraform_data.list.output[0]]",
		"element, at validation": "[var.other ? null : { address = terraform_data.address.input, server_name = \"www.example.com\" }]",
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			o := standIn(t)
			own := certtest.Leaf(t, "own")
			config := w.Provider() + acctest.Certificate("zone", "c", own, "  verify_origins = "+origin) +
				fmt.Sprintf("resource \"terraform_data\" \"address\" {\n input = %q\n}\nresource \"terraform_data\" \"list\" {\n input = [{ address = %q, server_name = \"www.example.com\", path = null, timeout = null }]\n}\n",
					o.Address(), o.Address()) + "variable \"other\" {\n default = false\n}\n"
			w.Run(
				t,
				resource.TestStep{Config: config, ExpectError: acctest.Says("Unable to verify origin", "Object: origin "+o.Address(), "refuses the certificate")},
				resource.TestStep{PreConfig: func() { o.Trust(t, own) }, Config: config, Check: w.Check(liveIs(simulator.ZoneCertificate, own))},
			)
		})
	}
}

// The origin accepts the leaf only together with the intermediate behind it. Cloudflare may not present the intermediate.
func TestAccVerifyOrigins_Intermediates(t *testing.T) {
	w := acctest.New(t)
	o := standIn(t)
	root := certtest.CA(t, "root")
	between := root.Intermediate(t, "between")
	pair := between.Issue(t, "leaf")
	pair.Certificate += between.Certificate
	o.Trust(t, root)
	cli := w.CLI(t)
	t.Parallel()
	cli.Write("main.tf", acctest.Certificate("zone", "c", pair, verify(o.Address())))
	if out := cli.Apply(); !acctest.Says("Origin needs the intermediates", "Object: origin "+o.Address()).MatchString(out) {
		t.Errorf("the apply does not warn about the intermediates:\n%s", out)
	}
	cli.Destroy()
	o.Trust(t, root, between)
	if out := cli.Apply(); strings.Contains(out, "Origin needs") {
		t.Errorf("the apply warns although the origin has the intermediate:\n%s", out)
	}
}

// An origin that verifies no certificate accepts every one. That proves nothing, so the provider warns.
func TestAccVerifyOrigins_WarnsOfOriginsThatDoNotVerify(t *testing.T) {
	for name, mode := range map[string]tls.ClientAuthType{"none": tls.NoClientCert, "asks": tls.RequestClientCert, "any": tls.RequireAnyClientCert, "optional": tls.VerifyClientCertIfGiven} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			cli := w.CLI(t)
			t.Parallel()
			o := standIn(t)
			own := certtest.Leaf(t, "own")
			o.Trust(t, own)
			o.Mode(mode)
			cli.Write("main.tf", acctest.Certificate("zone", "c", own, verify(o.Address())))
			if out := cli.Apply(); strings.Contains(out, "Origin verifies no client certificate") != (name != "optional") {
				t.Errorf("the apply prints:\n%s", out)
			}
		})
	}
}

func TestAccVerifyOrigins_ShapeIsValidatedAtPlan(t *testing.T) {
	own := certtest.Leaf(t, "own")
	for name, c := range map[string]struct {
		origin string
		says   []string
	}{
		"a URL":              {`{ address = "https://192.0.2.1", server_name = "www.example.com" }`, []string{"Invalid address", `The value "https://192.0.2.1" is not the address of an origin: it is a URL`}},
		"a port":             {`{ address = "192.0.2.1:0", server_name = "www.example.com" }`, []string{"Invalid address", "its port"}},
		"no name":            {`{ address = "192.0.2.1" }`, []string{"Missing server name", `The address "192.0.2.1" is an IP address`}},
		"no name, IPv6":      {`{ address = "[2001:db8::1]:8443" }`, []string{"Missing server name"}},
		"an address as name": {`{ address = "192.0.2.1", server_name = "192.0.2.1" }`, []string{"Invalid hostname", "it is an IP address"}},
		"a wildcard":         {`{ address = "192.0.2.1", server_name = "*.example.com" }`, []string{"Invalid hostname", "it is a wildcard"}},
		"a path":             {`{ address = "origin.example.com", path = "health" }`, []string{"Invalid path", "it does not begin with /"}},
		"a timeout":          {`{ address = "origin.example.com", timeout = "soon" }`, []string{"Invalid timeout", "a duration such as 500ms, 10s or 1m is expected"}},
		"no time":            {`{ address = "origin.example.com", timeout = "0s" }`, []string{"Invalid timeout", "more than 0"}},
		"null":               {`null`, []string{"Missing address", "An element of verify_origins is null"}},
		"no address":         {`{ server_name = "www.example.com" }`, []string{"Missing address", "The origin has no address."}},
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			w.Run(t, resource.TestStep{
				Config:   w.Provider() + acctest.Certificate("hostname", "c", own, "  verify_origins = [\n    "+c.origin+"\n  ]"),
				PlanOnly: true, ExpectError: acctest.Says(c.says...),
			})
			if err := acctest.NoRequest(w); err != nil {
				t.Error(err)
			}
		})
	}
}

// A state written by a version without verify_origins needs no change.
func TestAccVerifyOrigins_StateOfAnEarlierVersion(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	t.Parallel()
	cli.Write("main.tf", acctest.Certificate("zone", "c", certtest.Leaf(t, "own")))
	cli.Apply()
	const attribute = "\"verify_origins\": null,"
	state := cli.Read("terraform.tfstate")
	former := strings.Replace(strings.Replace(state, attribute, "", 1), ",\n            \"verify_origins\": null", "", 1)
	if former == state {
		t.Fatalf("the state does not have %s:\n%s", attribute, state)
	}
	cli.Write("terraform.tfstate", former)
	cli.EmptyPlan()
}
