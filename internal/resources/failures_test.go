package resources_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The apply fails, reports the failure, and keeps the id. Once the API works again, the same apply succeeds and leaves nothing
// behind.
func TestAccFailedDeploymentIsToldAndRecovered(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   func(*simulator.Behaviour, bool)
		timeout string
		detail  string
		advice  string
	}{
		{
			"timed out at Cloudflare", func(b *simulator.Behaviour, on bool) { b.TimeOutDeployments = on }, "",
			"the object will not become active: its last status was deployment_timed_out",
			"What to do: run the same command again once Cloudflare has recovered",
		},
		{
			"our own timeout", func(b *simulator.Behaviour, on bool) { b.StickDeployments = on }, "  timeouts {\n    create = \"1s\"\n  }",
			"the object did not become active before the timeout: its last status was pending_deployment",
			"What to do: run the same command again. The certificate is kept in the state",
		},
	} {
		for _, kind := range kinds {
			t.Run(c.name+" "+string(kind), func(t *testing.T) {
				w := acctest.New(t)
				pair := certtest.Leaf(t, "one")
				config := w.Provider() + acctest.Certificate(string(kind), "c", pair, c.timeout)
				id := ""
				w.Run(
					t,
					resource.TestStep{
						PreConfig: func() { w.Sim.Behave(func(b *simulator.Behaviour) { c.fault(b, true) }) },
						Config:    config,
						ExpectError: acctest.Says("Unable to create "+string(kind)+" certificate", "Object: "+string(kind)+" certificate",
							"of zone "+acctest.Zone+". Cloudflare accepted the request, but "+c.detail+".", c.advice),
					},
					resource.TestStep{
						PreConfig: func() {
							id = live(w, kind)[0].ID
							w.Sim.Behave(func(b *simulator.Behaviour) { c.fault(b, false) })
						},
						Config: config,
						Check: w.Check(func(w *acctest.World) error {
							deleted := false
							for _, r := range w.Sim.Requests() {
								deleted = deleted || r.Method == "DELETE" && r.Status == 200
							}
							if !deleted {
								return fmt.Errorf("certificate %s of the failed apply was forgotten: the state did not hold its id", id)
							}
							return liveIs(kind, pair)(w)
						}),
					},
				)
			})
		}
	}
}

// With create_before_destroy, Terraform uploads the certificate again before it deletes the one of the failed apply.
func TestAccFailedRotationRecoversUnderCreateBeforeDestroy(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			w := acctest.New(t)
			one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
			config := func(p certtest.Pair) string {
				return w.Provider() + acctest.Certificate(string(kind), "c", p, acctest.CBD)
			}
			timeOut := func(on bool) func() {
				return func() { w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = on }) }
			}
			w.Run(
				t,
				resource.TestStep{Config: config(one)},
				resource.TestStep{PreConfig: timeOut(true), Config: config(two), ExpectError: acctest.Says("Unable to create", "deployment_timed_out")},
				resource.TestStep{ // another failure: now the state has the failed certificate twice, perhaps under the same id
					PreConfig: func() { time.Sleep(1100 * time.Millisecond) }, // the provider distinguishes uploads by their time, in seconds
					Config:    config(two), ExpectError: acctest.Says("Unable to create", "deployment_timed_out"),
				},
				resource.TestStep{PreConfig: timeOut(false), Config: config(two), Check: w.Check(liveIs(kind, two))},
				resource.TestStep{Config: config(two), PlanOnly: true},
			)
		})
	}
}

// As above, but the second attempt is still deploying when it runs into its timeout, and the deployment succeeds later.
func TestAccAfterATimeoutTheCertificateIsAdopted(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			w := acctest.New(t)
			one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
			cli := w.CLI(t)
			t.Parallel()
			config := func(p certtest.Pair) string {
				return acctest.Certificate(string(kind), "c", p, "  timeouts {\n    create = \"3s\"\n  }", acctest.CBD)
			}
			cli.Write("main.tf", config(one))
			cli.Apply()
			cli.Write("main.tf", config(two))
			w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = true })
			cli.Must(1, "apply", "-auto-approve", "-no-color")
			time.Sleep(1100 * time.Millisecond) // the provider distinguishes uploads by their time, in seconds
			w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments, b.StickDeployments = false, true })
			cli.Must(1, "apply", "-auto-approve", "-no-color")
			w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments = false })
			w.Sim.ClearRequests()
			cli.Apply() // adopts the tainted certificate, because Cloudflare would reject the upload
			for _, r := range w.Sim.Requests() {
				if r.Method == "POST" {
					t.Errorf("the provider uploads an existing certificate: %s", r.Path)
				}
			}
			cli.EmptyPlan()
			if err := liveIs(kind, two)(w); err != nil {
				t.Error(err)
			}
			cli.Destroy()
			if err := acctest.NothingLive(w); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAccFailedAssociationIsToldAndRecovered(t *testing.T) {
	for _, created := range []bool{true, false} {
		t.Run(fmt.Sprintf("on create %v", created), func(t *testing.T) {
			w := acctest.New(t)
			one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
			certs := w.Provider() + acctest.Certificate("hostname", "one", one) + acctest.Certificate("hostname", "two", two)
			before, verb, first := certs, "create", "What to do: first run `terraform untaint ADDRESS`, with the address that"
			then := "Then run the same command again once Cloudflare has recovered"
			if !created {
				before, verb, first = certs+acctest.Association("a", "api.example.com", "one"), "update", ""
				then = "What to do: run the same command again once Cloudflare has recovered"
			}
			after := certs + acctest.Association("a", "api.example.com", "two")
			timeOut := func(on bool) func() {
				return func() { w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutAssociations = on }) }
			}
			w.Run(
				t,
				resource.TestStep{Config: before},
				resource.TestStep{
					PreConfig: timeOut(true), Config: after,
					ExpectError: acctest.Says("Unable to "+verb+" hostname association", "Object: hostname api.example.com of zone "+acctest.Zone+", certificate",
						"the object will not become active: its last status was deployment_timed_out.", first, then),
				},
				resource.TestStep{PreConfig: timeOut(false), Config: after, Check: w.Check(associated("api.example.com", true, "CN=two,O=origintls tests"))},
			)
		})
	}
}

func TestAccFailedDestroyIsToldAndRecovered(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  func(*simulator.Behaviour, bool)
		limit  string
		config func(w *acctest.World, limit string) string
		says   []string
	}{
		{
			"certificate timed out at Cloudflare", func(b *simulator.Behaviour, on bool) { b.TimeOutDeletions = on }, "", oneCertificate,
			[]string{"Unable to delete zone certificate", "the object will not become deleted: its last status was deletion_timed_out.", "What to do: run the same command again once Cloudflare has recovered"},
		},
		{
			"certificate, our own timeout", func(b *simulator.Behaviour, on bool) { b.StickDeletions = on }, "  timeouts {\n    delete = \"1s\"\n  }", oneCertificate,
			[]string{"Unable to delete zone certificate", "the object did not become deleted before the timeout: its last status was pending_deletion.", "timeouts { delete = \"30m\" }"},
		},
		{
			"association, our own timeout", func(b *simulator.Behaviour, on bool) { b.StickVoids = on }, "  timeouts {\n    delete = \"1s\"\n  }", oneAssociation,
			[]string{"Unable to delete hostname association", "Object: hostname api.example.com", "the object did not become void before the timeout: its last status was", "timeouts { delete = \"30m\" }"},
		},
		{
			"association timed out at Cloudflare", func(b *simulator.Behaviour, on bool) { b.TimeOutVoids = on }, "", oneAssociation,
			[]string{"Unable to delete hostname association", "the object will not become void: its last status was deletion_timed_out.", "The provider then voids the association again"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := acctest.New(t)
			config := c.config(w, c.limit)
			set := func(on bool) func() {
				return func() { w.Sim.Behave(func(b *simulator.Behaviour) { c.fault(b, on) }) }
			}
			w.Run(
				t,
				resource.TestStep{Config: config},
				resource.TestStep{PreConfig: set(true), Config: config, Destroy: true, ExpectError: acctest.Says(c.says...)},
				resource.TestStep{PreConfig: set(false), Config: config, Destroy: true},
			)
		})
	}
}

func oneCertificate(w *acctest.World, limit string) string {
	return w.Provider() + acctest.Certificate("zone", "c", certtest.Leaf(w.T, "one"), limit)
}

func oneAssociation(w *acctest.World, limit string) string {
	return w.Provider() + acctest.Certificate("hostname", "one", certtest.Leaf(w.T, "one")) + acctest.Association("a", "api.example.com", "one", limit)
}

func TestAccCertificateInUseElsewhereNamesTheHostnames(t *testing.T) {
	w := acctest.New(t)
	config := w.Provider() + acctest.Certificate("hostname", "c", certtest.Leaf(t, "one"), "  timeouts {\n    delete = \"1s\"\n  }")
	w.Run(
		t,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				id := live(w, simulator.HostnameCertificate)[0].ID
				w.Sim.AddAssociation(acctest.Zone, "b.example.com", id, true)
				w.Sim.AddAssociation(acctest.Zone, "a.example.com", id, false)
			},
			Config: config, Destroy: true,
			ExpectError: acctest.Says("Unable to delete hostname certificate", "until then Cloudflare refused: HTTP 400: 1433", "(Ray ID",
				"These hostnames are served with it now: a.example.com, b.example.com. Nothing was deleted."),
		},
		resource.TestStep{
			PreConfig: func() {
				id := live(w, simulator.HostnameCertificate)[0].ID
				w.Sim.SetAssociation(acctest.Zone, "b.example.com", id, nil)
				w.Sim.SetAssociation(acctest.Zone, "a.example.com", id, nil)
			},
			Config: config, Destroy: true,
		},
	)
}
