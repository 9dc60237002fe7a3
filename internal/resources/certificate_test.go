package resources_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

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

var kinds = []simulator.Kind{simulator.ZoneCertificate, simulator.HostnameCertificate}

func certificates(w *acctest.World, kind simulator.Kind) []simulator.CertificateState {
	if kind == simulator.ZoneCertificate {
		return w.State().ZoneCertificates
	}
	return w.State().HostnameCertificates
}

// live returns the certificates of a kind that are not deleted.
func live(w *acctest.World, kind simulator.Kind) []simulator.CertificateState {
	var out []simulator.CertificateState
	for _, c := range certificates(w, kind) {
		if c.Status != "deleted" {
			out = append(out, c)
		}
	}
	return out
}

func liveIs(kind simulator.Kind, pairs ...certtest.Pair) func(*acctest.World) error {
	return func(w *acctest.World) error {
		got := live(w, kind)
		if len(got) != len(pairs) {
			return fmt.Errorf("%d %s certificates are live, want %d: %+v", len(got), kind, len(pairs), got)
		}
		for _, p := range pairs {
			found := false
			for _, c := range got {
				found = found || c.Fingerprint == certpem.Fingerprint(p.Certificate) && c.Status == "active"
			}
			if !found {
				return fmt.Errorf("%s is not active: %+v", p.Leaf.Subject, got)
			}
		}
		return nil
	}
}

func address(kind simulator.Kind) string { return "origintls_" + string(kind) + "_certificate.c" }

func plans(kind simulator.Kind, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address(kind), action)}}
}

func importID(addr string, attributes ...string) resource.ImportStateIdFunc {
	return func(s *terraform.State) (string, error) {
		parts := []string{}
		for _, a := range attributes {
			parts = append(parts, s.RootModule().Resources[addr].Primary.Attributes[a])
		}
		return strings.Join(parts, "/"), nil
	}
}

func TestAccCertificate_Lifecycle(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			w := acctest.New(t)
			one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
			config := func(p certtest.Pair, extra ...string) string {
				return w.Provider() + acctest.Certificate(string(kind), "c", p, extra...)
			}
			attribute := func(name string, v knownvalue.Check) statecheck.StateCheck {
				return statecheck.ExpectKnownValue(address(kind), tfjsonpath.New(name), v)
			}
			crlf := one
			crlf.Certificate = "a comment\r\n" + strings.ReplaceAll(one.Certificate, "\n", "\r\n") + "\r\n\r\n"
			sec1, err := x509.MarshalECPrivateKey(one.Key.(*ecdsa.PrivateKey))
			if err != nil {
				t.Fatal(err)
			}
			otherKey := one
			otherKey.PrivateKey = certtest.Encode("EC PRIVATE KEY", sec1)
			quiet := w.Check(func(w *acctest.World) error {
				if n := w.Writes(); n > 0 {
					return fmt.Errorf("%d writes were sent", n)
				}
				return nil
			})
			w.Run(
				t,
				resource.TestStep{ // create
					Config: config(one),
					Check:  w.Check(liveIs(kind, one)),
					ConfigStateChecks: []statecheck.StateCheck{
						attribute("status", knownvalue.StringExact("active")),
						attribute("fingerprint_sha256", knownvalue.StringExact(certpem.Fingerprint(one.Certificate))),
						attribute("certificate", knownvalue.StringExact(one.Certificate)),
						attribute("issuer", knownvalue.StringExact("CN=one,O=origintls tests")),
						attribute("signature", knownvalue.StringExact("ECDSA-SHA256")),
						attribute("serial_number", knownvalue.StringExact(one.Leaf.SerialNumber.String())),
						attribute("expires_on", knownvalue.StringExact(one.Leaf.NotAfter.UTC().Format("2006-01-02T15:04:05Z07:00"))),
						attribute("uploaded_on", knownvalue.NotNull()),
						attribute("ready_for_renewal", knownvalue.Bool(false)),
					},
				},
				resource.TestStep{ // import
					ResourceName: address(kind), ImportState: true, ImportStateVerify: true,
					ImportStateIdFunc:       importID(address(kind), "zone_id", "id"),
					ImportStateVerifyIgnore: []string{"private_key", "certificate"}, // the API never returns the key, and may return the certificate in another form
				},
				resource.TestStep{ // a change of white space sends nothing
					PreConfig: w.Sim.ClearRequests,
					Config:    config(crlf), ConfigPlanChecks: plans(kind, plancheck.ResourceActionNoop), Check: quiet,
				},
				resource.TestStep{ // a key in another encoding, and timeouts, change only the state
					Config:           config(otherKey, "  timeouts {\n    create = \"5m\"\n    delete = \"5m\"\n  }"),
					ConfigPlanChecks: plans(kind, plancheck.ResourceActionUpdate), Check: quiet,
				},
				resource.TestStep{ // another leaf replaces the certificate
					Config: config(two, acctest.CBD), ConfigPlanChecks: plans(kind, plancheck.ResourceActionCreateBeforeDestroy),
					Check: w.Check(liveIs(kind, two)),
				},
				resource.TestStep{ // back to the first leaf, destroying first: the deleted former upload no longer blocks it
					Config: config(one), ConfigPlanChecks: plans(kind, plancheck.ResourceActionDestroyBeforeCreate),
					Check: w.Check(liveIs(kind, one)),
				},
			)
		})
	}
}

func TestAccCertificate_ImportNeedsNoKey(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			w := acctest.New(t, func(b *simulator.Behaviour) { b.PEMEcho = simulator.EchoLeafOnly })
			ca := certtest.CA(t, "ca")
			pair := ca.Issue(t, "leaf")
			pair.Certificate += ca.Certificate
			id := w.Sim.AddCertificate(kind, acctest.Zone, pair.Certificate, pair.PrivateKey)
			config := func(zoneAndID string) string {
				return w.Provider() + fmt.Sprintf("resource \"origintls_%s_certificate\" \"c\" {\n zone_id = %q\n certificate = %q\n}\nimport {\n to = %s\n id = %q\n}\n",
					kind, acctest.Zone, pair.Certificate, address(kind), zoneAndID)
			}
			refused := func(id string) resource.TestStep {
				return resource.TestStep{Config: config(id), ExpectError: acctest.Says("Invalid import id",
					fmt.Sprintf("The id %q does not have the form zone_id/certificate_id, where zone_id is 32 hexadecimal digits.", id))}
			}
			w.Run(
				t,
				refused("nope"), refused(id), refused(acctest.Zone), refused(acctest.Zone+"/"), refused("/"+id), refused(acctest.Zone+"/"+id+"/x"),
				resource.TestStep{
					Config: config(acctest.Zone + "/8f14e45f-0000-4000-8000-000000000000"), ExpectError: acctest.Says("Cannot import non-existent remote object"),
				},
				resource.TestStep{ // the import needs no change
					PreConfig:        w.Sim.ClearRequests,
					Config:           config(acctest.Zone + "/" + id),
					ConfigPlanChecks: plans(kind, plancheck.ResourceActionNoop),
					Check: w.Check(func(w *acctest.World) error {
						if n := w.Writes(); n > 0 {
							return fmt.Errorf("importing sent %d writes", n)
						}
						return nil
					}),
				},
			)
		})
	}
}

// goneBehindTheBack deletes the only certificate of a kind. If the deletion should be under way, it stays so until the plan is
// finished, however long that takes: then statusAtPlan lets it finish.
func goneBehindTheBack(w *acctest.World, kind simulator.Kind, how string) {
	id := live(w, kind)[0].ID
	if how == "404" {
		w.Sim.RemoveCertificate(kind, acctest.Zone, id)
		return
	}
	w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeletions = how == "pending_deletion" })
	w.Send("DELETE", map[simulator.Kind]string{
		simulator.ZoneCertificate: "/", simulator.HostnameCertificate: "/hostnames/certificates/",
	}[kind]+id, "")
	if how == "deleted" {
		w.Until(func() bool { return len(live(w, kind)) == 0 })
	}
}

// statusAtPlan fails unless the deleted certificate has this status after the plan. It then lets the deletion finish.
type statusAtPlan struct {
	w    *acctest.World
	kind simulator.Kind
	want string
}

// CheckPlan implements plancheck.PlanCheck.
func (s statusAtPlan) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	is := "404"
	for _, c := range certificates(s.w, s.kind) {
		is = c.Status
	}
	if is != s.want {
		resp.Error = fmt.Errorf("when the plan was made, the certificate was %s, want %s", is, s.want)
	}
	s.w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeletions = false })
}

func TestAccCertificate_GoneBehindTheProvidersBack(t *testing.T) {
	for _, kind := range kinds {
		for _, how := range []string{"404", "deleted", "pending_deletion"} {
			t.Run(string(kind)+" "+how, func(t *testing.T) {
				w := acctest.New(t)
				pair := certtest.Leaf(t, "one")
				config := w.Provider() + acctest.Certificate(string(kind), "c", pair)
				w.Run(
					t,
					resource.TestStep{Config: config},
					resource.TestStep{
						PreConfig: func() { goneBehindTheBack(w, kind, how) },
						Config:    config,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(address(kind), plancheck.ResourceActionCreate),
							statusAtPlan{w, kind, how},
						}},
						Check: w.Check(liveIs(kind, pair)),
					},
				)
			})
		}
	}
}
