package resources_test

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const day = 24 * time.Hour

// aged returns a world whose provider has a clock that the test moves. age is its difference from the machine's clock.
func aged(t *testing.T, change ...func(*simulator.Behaviour)) (w *acctest.World, setAge func(time.Duration) func()) {
	t.Helper()
	w = acctest.New(t, change...)
	var age time.Duration // no lock is needed: steps and their provider run one after another
	w.Clock = func() time.Time { return time.Now().Add(age) }
	return w, func(d time.Duration) func() { return func() { age = d } }
}

// lasting gives a CA a validity that covers every time of the test's clock.
func lasting(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(10, 0, 0)
}

// signedBy returns the arguments of generate for a certificate that this CA signs.
func signedBy(ca certtest.Pair) string {
	return fmt.Sprintf("    ca_certificate = %q\n    ca_private_key_wo = %q\n", ca.Certificate, ca.PrivateKey)
}

// theLive returns the only live certificate of the kind.
func theLive(t *testing.T, w *acctest.World, kind simulator.Kind) simulator.CertificateState {
	t.Helper()
	all := live(w, kind)
	if len(all) != 1 {
		t.Fatalf("%d %s certificates are live, want 1: %+v", len(all), kind, all)
	}
	return all[0]
}

// one checks that exactly one certificate of the kind is live, and that it is active. It stores the id of that certificate in id.
func one(t *testing.T, w *acctest.World, kind simulator.Kind, id *string) resource.TestCheckFunc {
	t.Helper()
	return func(*terraform.State) error {
		c := theLive(t, w, kind)
		if c.Status != "active" {
			return fmt.Errorf("%+v", c)
		}
		*id = c.ID
		return nil
	}
}

// A certificate generated with the defaults is left alone before its renewal window, and renewed within it. The renewed one is
// renewed in turn.
func TestAccGenerate_RenewsItself(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			w, age := aged(t)
			w.Sim.Behave(func(b *simulator.Behaviour) { b.DeployAfter = simulator.Duration(time.Millisecond) })
			config := w.Provider() + acctest.Generated(string(kind), "c", "shop origin pull", "", acctest.CBD)
			attribute := func(name string, v knownvalue.Check) statecheck.StateCheck {
				return statecheck.ExpectKnownValue(address(kind), tfjsonpath.New(name), v)
			}
			var first, second string
			begin := time.Now()
			w.Run(
				t,
				resource.TestStep{
					PreConfig: age(0), Config: config, Check: one(t, w, kind, &first),
					ConfigStateChecks: []statecheck.StateCheck{
						attribute("generate", knownvalue.ObjectExact(map[string]knownvalue.Check{
							"common_name": knownvalue.StringExact("shop origin pull"), "validity_days": knownvalue.Int64Exact(90), "renew_before_days": knownvalue.Int64Exact(30),
							"key_algorithm": knownvalue.StringExact("ECDSA_P256"), "ca_certificate": knownvalue.Null(), "ca_private_key_wo": knownvalue.Null(),
						})),
						attribute("issuer", knownvalue.StringExact("CN=shop origin pull")),
						attribute("private_key", knownvalue.Null()),
						attribute("ready_for_renewal", knownvalue.Bool(false)),
						attribute("certificate", knownvalue.StringFunc(func(pem string) error {
							leaf, err := certpem.ParseBundle(pem)
							if err != nil {
								return err
							}
							if got := leaf.Leaf.NotAfter.Sub(begin.Add(90 * day)); got < -time.Minute || got > time.Minute {
								return fmt.Errorf("it expires on %s", leaf.Leaf.NotAfter)
							}
							return nil
						})),
					},
				},
				resource.TestStep{PreConfig: age(31 * day), Config: config, ConfigPlanChecks: plans(kind, plancheck.ResourceActionNoop)},
				resource.TestStep{ // an hour before the renewal window
					PreConfig: age(60*day - time.Hour), Config: config, ConfigPlanChecks: plans(kind, plancheck.ResourceActionNoop),
					ConfigStateChecks: []statecheck.StateCheck{attribute("ready_for_renewal", knownvalue.Bool(false))},
				},
				resource.TestStep{ // within the window, which a refresh is enough to show
					PreConfig: age(60 * day), RefreshState: true, ExpectNonEmptyPlan: true,
					Check: resource.TestCheckResourceAttr(address(kind), "ready_for_renewal", "true"),
				},
				resource.TestStep{
					Config: config, ConfigPlanChecks: plans(kind, plancheck.ResourceActionCreateBeforeDestroy), Check: one(t, w, kind, &second),
					ConfigStateChecks: []statecheck.StateCheck{attribute("ready_for_renewal", knownvalue.Bool(false))},
				},
				resource.TestStep{PreConfig: age(119 * day), Config: config, ConfigPlanChecks: plans(kind, plancheck.ResourceActionNoop)},
				resource.TestStep{PreConfig: age(200 * day), Config: config, ConfigPlanChecks: plans(kind, plancheck.ResourceActionCreateBeforeDestroy)}, // it has expired
			)
			if first == second || first == "" {
				t.Errorf("the renewed certificate has the id %q, the first had %q", second, first)
			}
		})
	}
}

// These changes replace a generated certificate, or leave it alone.
func TestAccGenerate_Changes(t *testing.T) {
	ca, other := certtest.CA(t, "ca", lasting), certtest.CA(t, "other", lasting)
	respelled := ca
	respelled.Certificate = "# a comment\n" + strings.ReplaceAll(ca.Certificate, "\n", "\r\n")
	lower := ca.Issue(t, "lower", certtest.Authority, lasting)
	chained := lower
	chained.Certificate += ca.Certificate
	for name, c := range map[string]struct {
		before, after string // arguments of generate
		commonName    string // the new common name; "" for no change
		action        plancheck.ResourceActionType
		writes        bool
	}{
		"the defaults, spelt out":        {"", "    validity_days = 90\n    renew_before_days = 30\n    key_algorithm = \"ECDSA_P256\"\n", "", plancheck.ResourceActionNoop, false},
		"renew_before_days":              {"", "    renew_before_days = 45\n", "", plancheck.ResourceActionUpdate, false},
		"renew_before_days, lower":       {"    renew_before_days = 45\n", "", "", plancheck.ResourceActionUpdate, false},
		"renew_before_days, the highest": {"", "    renew_before_days = 89\n    validity_days = 90\n", "", plancheck.ResourceActionUpdate, false},
		"common_name":                    {"", "", "another name", plancheck.ResourceActionReplace, true},
		"validity_days":                  {"", "    validity_days = 91\n", "", plancheck.ResourceActionReplace, true},
		"key_algorithm":                  {"", "    key_algorithm = \"RSA_2048\"\n", "", plancheck.ResourceActionReplace, true},
		"a CA":                           {"", signedBy(ca), "", plancheck.ResourceActionReplace, true},
		"another CA":                     {signedBy(ca), signedBy(other), "", plancheck.ResourceActionReplace, true},
		"the CA above the CA":            {signedBy(lower), signedBy(chained), "", plancheck.ResourceActionReplace, true},
		"no CA any more":                 {signedBy(ca), "", "", plancheck.ResourceActionReplace, true},
		"the CA's text":                  {signedBy(ca), signedBy(respelled), "", plancheck.ResourceActionUpdate, false},
		"the CA's key, left out":         {signedBy(ca), fmt.Sprintf("    ca_certificate = %q\n", ca.Certificate), "", plancheck.ResourceActionNoop, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			config := func(commonName, arguments string) string {
				return w.Provider() + acctest.Generated("hostname", "c", commonName, arguments)
			}
			var before, after string
			w.Run(
				t,
				resource.TestStep{Config: config("a name", c.before), Check: one(t, w, simulator.HostnameCertificate, &before)},
				resource.TestStep{
					PreConfig: w.Sim.ClearRequests, Config: config(orElse(c.commonName, "a name"), c.after),
					ConfigPlanChecks: plans(simulator.HostnameCertificate, c.action), Check: one(t, w, simulator.HostnameCertificate, &after),
				},
			)
			if (before != after) != c.writes {
				t.Errorf("the certificate is %s, before the change it was %s", after, before)
			}
		})
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// If the plan does not know generate, it expects another certificate.
func TestAccGenerate_UnknownAtPlan(t *testing.T) {
	w := acctest.New(t)
	config := func(name string) string {
		return w.Provider() + fmt.Sprintf("resource \"terraform_data\" \"source\" {\n  input = { common_name = %q }\n}\n", name) +
			fmt.Sprintf("resource \"origintls_hostname_certificate\" \"c\" {\n  zone_id = %q\n  generate = terraform_data.source.output\n}\n", acctest.Zone)
	}
	kind := simulator.HostnameCertificate
	w.Run(
		t,
		resource.TestStep{Config: config("first"), ConfigPlanChecks: plans(kind, plancheck.ResourceActionCreate)},
		resource.TestStep{Config: config("second"), ConfigPlanChecks: plans(kind, plancheck.ResourceActionReplace)},
	)
}

// If renew_before_days is raised so far that the certificate is due, the same apply renews it, and the next plan is empty.
func TestAccGenerate_RenewBeforeDaysReachesTheCertificate(t *testing.T) {
	w, age := aged(t)
	kind := simulator.HostnameCertificate
	config := func(days int) string {
		return w.Provider() + acctest.Generated(string(kind), "c", "x", fmt.Sprintf("    renew_before_days = %d\n", days))
	}
	w.Run(
		t,
		resource.TestStep{PreConfig: age(0), Config: config(30)},
		resource.TestStep{PreConfig: age(40 * day), Config: config(49), ConfigPlanChecks: plans(kind, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: config(51), ConfigPlanChecks: plans(kind, plancheck.ResourceActionReplace)},
		resource.TestStep{PreConfig: age(85 * day), Config: config(20), ConfigPlanChecks: plans(kind, plancheck.ResourceActionUpdate)},
		resource.TestStep{ // the certificate is due by the old value, but not by the new one
			PreConfig: age(40*day + 75*day), Config: config(10), ConfigPlanChecks: plans(kind, plancheck.ResourceActionUpdate),
			Check: resource.TestCheckResourceAttr(address(kind), "ready_for_renewal", "false"),
		},
	)
}

// The resource changes from a given certificate to a generated one and back, with one replacement each time.
func TestAccGenerate_SwitchedTo(t *testing.T) {
	for _, kind := range kinds {
		for _, cbd := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, create_before_destroy %v", kind, cbd), func(t *testing.T) {
				w := acctest.New(t)
				pair, lifecycle, replaces := certtest.Leaf(t, "given"), "", plancheck.ResourceActionReplace
				if cbd {
					lifecycle, replaces = acctest.CBD, plancheck.ResourceActionCreateBeforeDestroy
				}
				given := w.Provider() + acctest.Certificate(string(kind), "c", pair, lifecycle)
				made := w.Provider() + acctest.Generated(string(kind), "c", "made", "", lifecycle)
				var id string
				w.Run(
					t,
					resource.TestStep{Config: given, Check: w.Check(liveIs(kind, pair))},
					resource.TestStep{
						Config: made, ConfigPlanChecks: plans(kind, replaces),
						Check: resource.ComposeTestCheckFunc(one(t, w, kind, &id), resource.TestCheckNoResourceAttr(address(kind), "private_key")),
					},
					resource.TestStep{Config: given, ConfigPlanChecks: plans(kind, replaces), Check: w.Check(liveIs(kind, pair))},
				)
			})
		}
	}
}

// If generate is removed and the generated certificate is set as certificate, it is kept and no request is sent.
func TestAccGenerate_KeptAsAGivenCertificate(t *testing.T) {
	w := acctest.New(t)
	kind := simulator.ZoneCertificate
	file := filepath.Join(t.TempDir(), "kept.pem")
	w.Run(
		t,
		resource.TestStep{
			Config: w.Provider() + acctest.Generated(string(kind), "c", "made", ""),
			Check: func(s *terraform.State) error {
				return os.WriteFile(file, []byte(s.RootModule().Resources[address(kind)].Primary.Attributes["certificate"]), 0o600)
			},
		},
		resource.TestStep{
			PreConfig:        w.Sim.ClearRequests,
			Config:           w.Provider() + fmt.Sprintf("resource \"origintls_zone_certificate\" \"c\" {\n  zone_id = %q\n  certificate = file(%q)\n}\n", acctest.Zone, file),
			ConfigPlanChecks: plans(kind, plancheck.ResourceActionUpdate), Check: w.Check(sentNothing),
		},
	)
}

// The CAs above the signing one are uploaded with the certificate, but for a root, which every origin has to have anyway.
func TestGenerate_UploadsTheIntermediates(t *testing.T) {
	onAFakeClock(t, func(s *stage) {
		root := certtest.CA(s.t, "root", lasting)
		middle := root.Intermediate(s.t, "middle")
		low := middle.Intermediate(s.t, "low")
		for name, c := range map[string]struct{ certificates, key, chain string }{
			"a root":                          {root.Certificate, root.PrivateKey, ""},
			"an intermediate":                 {low.Certificate, low.PrivateKey, low.Certificate},
			"an intermediate and those above": {low.Certificate + middle.Certificate + root.Certificate, low.PrivateKey, low.Certificate + middle.Certificate},
		} {
			arguments := s.generate(hostCertName, acctest.Attributes{
				"common_name": acctest.Text(name), "ca_certificate": acctest.Text(c.certificates), "ca_private_key_wo": acctest.Text(c.key),
			})
			state, diags := s.rpc.Apply(hostCertName, s.object(hostCertName, arguments, nil), s.rpc.Null(hostCertName))
			s.rpc.NoError(diags)
			_, chain, _ := strings.Cut(s.rpc.Read(state, s.rpc.ResourceType(hostCertName)).String("certificate"), "-----END CERTIFICATE-----\n")
			if chain != c.chain {
				s.t.Errorf("%s: after the leaf come %d certificates, want %d", name, strings.Count(chain, "BEGIN"), strings.Count(c.chain, "BEGIN"))
			}
		}
	})
}
