package resources_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const assoc = "origintls_hostname_association.a"

func planned(addr string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(addr, action)}}
}

// associated checks that the zone has only this association.
func associated(hostname string, enabled bool, subject string) func(*acctest.World) error {
	return func(w *acctest.World) error {
		z := w.State()
		if len(z.Associations) != 1 {
			return fmt.Errorf("%d associations, want one: %+v", len(z.Associations), z.Associations)
		}
		a := z.Associations[0]
		got := ""
		for _, c := range z.HostnameCertificates {
			if c.ID == a.CertificateID {
				got = c.Subject
			}
		}
		if a.Hostname != hostname || a.Enabled == nil || *a.Enabled != enabled || a.Status != "active" || got != subject {
			return fmt.Errorf("association %+v with certificate %q; want %s, enabled %v, active, %q", a, got, hostname, enabled, subject)
		}
		return nil
	}
}

func TestAccAssociation_Lifecycle(t *testing.T) {
	for name, change := range map[string]func(*simulator.Behaviour){
		"as observed":              func(*simulator.Behaviour) {},
		"PUT answers all":          func(b *simulator.Behaviour) { b.PutAnswersAll = true },
		"void shows null":          func(b *simulator.Behaviour) { b.VoidedIsNull = true },
		"void shows disabled":      func(b *simulator.Behaviour) { b.VoidShowsDisabled = true },
		"hostname echoed as sent":  func(b *simulator.Behaviour) { b.EchoHostnameAsSent = true },
		"created in the year 1":    func(b *simulator.Behaviour) { b.CreatedAtZero = true },
		"unknown fields, few ones": func(b *simulator.Behaviour) { b.ExtraFields, b.DropSerialNumber, b.DropUpdatedAt = true, true, true },
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t, change)
			one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
			certs := w.Provider() + acctest.Certificate("hostname", "one", one) + acctest.Certificate("hostname", "two", two)
			const s1, s2 = "CN=one,O=origintls tests", "CN=two,O=origintls tests"
			attribute := func(name string, v knownvalue.Check) statecheck.StateCheck {
				return statecheck.ExpectKnownValue(assoc, tfjsonpath.New(name), v)
			}
			w.Run(
				t,
				resource.TestStep{ // create
					Config: certs + acctest.Association("a", "Api.Example.com", "one"), Check: w.Check(associated("api.example.com", true, s1)),
					ConfigStateChecks: []statecheck.StateCheck{
						attribute("id", knownvalue.StringExact(acctest.Zone+"/api.example.com")),
						attribute("hostname", knownvalue.StringExact("Api.Example.com")),
						attribute("enabled", knownvalue.Bool(true)),
						attribute("status", knownvalue.StringExact("active")),
					},
				},
				resource.TestStep{ // import
					ResourceName: assoc, ImportState: true, ImportStateVerify: true,
					ImportStateIdFunc: importID(assoc, "zone_id", "hostname"),
				},
				resource.TestStep{ // the same hostname in another case changes nothing
					Config: certs + acctest.Association("a", "api.example.COM", "one"), ConfigPlanChecks: planned(assoc, plancheck.ResourceActionNoop),
				},
				resource.TestStep{ // disable, in place
					Config:           certs + acctest.Association("a", "api.example.com", "one", "  enabled = false"),
					ConfigPlanChecks: planned(assoc, plancheck.ResourceActionUpdate), Check: w.Check(associated("api.example.com", false, s1)),
				},
				resource.TestStep{ // another certificate, in place
					Config:           certs + acctest.Association("a", "api.example.com", "two"),
					ConfigPlanChecks: planned(assoc, plancheck.ResourceActionUpdate), Check: w.Check(associated("api.example.com", true, s2)),
				},
				resource.TestStep{ // timeouts change only the state
					PreConfig: w.Sim.ClearRequests,
					Config:    certs + acctest.Association("a", "api.example.com", "two", "  timeouts {\n    update = \"5m\"\n  }"),
					Check: w.Check(func(w *acctest.World) error {
						if n := w.Writes(); n > 0 {
							return fmt.Errorf("%d writes were sent", n)
						}
						return nil
					}),
				},
				resource.TestStep{ // another hostname replaces the association, and the former one is removed
					Config:           certs + acctest.Association("a", "www.example.com", "two"),
					ConfigPlanChecks: planned(assoc, plancheck.ResourceActionDestroyBeforeCreate), Check: w.Check(associated("www.example.com", true, s2)),
				},
			)
		})
	}
}

func TestAccAssociation_ChangedBehindTheProvidersBack(t *testing.T) {
	off := false
	for name, c := range map[string]struct {
		change func(w *acctest.World, one, two string)
		action plancheck.ResourceActionType
	}{
		"disabled": {func(w *acctest.World, one, _ string) {
			w.Sim.SetAssociation(acctest.Zone, "api.example.com", one, &off)
		}, plancheck.ResourceActionUpdate},
		"re-pinned": {func(w *acctest.World, _, two string) {
			w.Sim.AddAssociation(acctest.Zone, "api.example.com", two, true)
		}, plancheck.ResourceActionUpdate},
		"voided": {func(w *acctest.World, one, _ string) {
			w.Sim.SetAssociation(acctest.Zone, "api.example.com", one, nil)
		}, plancheck.ResourceActionCreate},
	} {
		for _, null := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, voids as null %v", name, null), func(t *testing.T) {
				w := acctest.New(t, func(b *simulator.Behaviour) { b.VoidedIsNull = null })
				config := w.Provider() + acctest.Certificate("hostname", "one", certtest.Leaf(t, "one")) +
					acctest.Certificate("hostname", "two", certtest.Leaf(t, "two")) + acctest.Association("a", "api.example.com", "one")
				w.Run(
					t,
					resource.TestStep{Config: config},
					resource.TestStep{
						PreConfig: func() {
							id := map[string]string{}
							for _, cert := range w.State().HostnameCertificates {
								id[cert.Subject] = cert.ID
							}
							c.change(w, id["CN=one,O=origintls tests"], id["CN=two,O=origintls tests"])
						},
						Config: config, ConfigPlanChecks: planned(assoc, c.action),
						Check: w.Check(associated("api.example.com", true, "CN=one,O=origintls tests")),
					},
				)
			})
		}
	}
}

func TestAccAssociation_Import(t *testing.T) {
	w := acctest.New(t)
	pair := certtest.Leaf(t, "one")
	cert := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
	w.Sim.AddAssociation(acctest.Zone, "api.example.com", cert, false)
	config := func(id string) string {
		return w.Provider() + acctest.Certificate("hostname", "one", pair) +
			fmt.Sprintf("import {\n to = origintls_hostname_certificate.one\n id = \"%s/%s\"\n}\n", acctest.Zone, cert) +
			acctest.Association("a", "api.example.com", "one", "  enabled = false") + fmt.Sprintf("import {\n to = %s\n id = %q\n}\n", assoc, id)
	}
	refused := func(id string) resource.TestStep {
		return resource.TestStep{Config: config(id), ExpectError: acctest.Says("Invalid import id",
			fmt.Sprintf("The id %q does not have the form zone_id/hostname, where zone_id is 32 hexadecimal digits.", id))}
	}
	w.Run(
		t,
		refused("api.example.com"), refused(acctest.Zone), refused(acctest.Zone+"/nope"), refused("x/api.example.com"),
		resource.TestStep{Config: config(acctest.Zone + "/none.example.com"), ExpectError: acctest.Says("Cannot import non-existent remote object")},
		resource.TestStep{
			Config: config(acctest.Zone + "/API.example.com"), ConfigPlanChecks: planned(assoc, plancheck.ResourceActionNoop),
			Check: w.Check(associated("api.example.com", false, "CN=one,O=origintls tests")),
		},
	)
}
