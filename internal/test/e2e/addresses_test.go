package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Terraform identifies objects by address, and Cloudflare by id or hostname. These tests cover what happens if two
// addresses, or two instances of one address, stand for the same object.

// zoneModule is a module with every kind of object that a zone can have.
func zoneModule(t *testing.T) string {
	t.Helper()
	zone, host := certtest.Leaf(t, "zone"), certtest.Leaf(t, "host")
	required := "terraform {\n  required_providers {\n    origintls = { source = \"origintls/origintls\" }\n  }\n}\n"
	return required + acctest.Certificate("zone", "edge", zone, acctest.CBD) + acctest.Certificate("hostname", "own", host, acctest.CBD) +
		acctest.Association("a", "a.example.com", "own") + acctest.Association("b", "b.example.com", "own") + acctest.Setting(true)
}

func module(name string) string {
	return fmt.Sprintf("module %q {\n  source = \"./zone\"\n}\n", name)
}

// live fails the test unless the zone is as the module declares it. It returns the ids of the zone's certificates.
func live(t *testing.T, w *acctest.World, associations int) []string {
	t.Helper()
	w.WantEverythingActive()
	z, ids := w.State(), []string{}
	for _, c := range w.Live() {
		ids = append(ids, c.ID)
	}
	serving := 0
	for _, a := range z.Associations {
		if a.Enabled != nil && *a.Enabled && a.Status == "active" {
			serving++
		}
	}
	if len(ids) != 2 || serving != associations || !z.Enabled {
		t.Errorf("certificates %v, %d associations, setting %t", ids, serving, z.Enabled)
	}
	return ids
}

// tornDown returns the writes that deleted, voided or disabled something.
func tornDown(w *acctest.World) []string {
	var writes []string
	for _, r := range w.Sim.Requests() {
		if r.Method == "DELETE" || r.Method == "PUT" && (strings.Contains(r.Body, `"enabled":null`) || strings.Contains(r.Body, `"enabled":false`)) {
			writes = append(writes, r.Method+" "+r.Path)
		}
	}
	return writes
}

func TestAccAModuleIsRenamedWithoutMoved(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		sure bool // the provider can see that the objects move, so the apply must succeed
	}{
		"as usual":            {nil, true},
		"without refreshing":  {[]string{"-refresh=false"}, false},
		"one by one":          {[]string{"-parallelism=1"}, false},
		"one by one, blindly": {[]string{"-parallelism=1", "-refresh=false"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, cli := acctest.Start(t)
			cli.Write("zone/main.tf", zoneModule(t))
			cli.Write("main.tf", w.Provider()+module("before"))
			cli.Must(0, "get", "-no-color")
			cli.Apply()
			before := live(t, w, 2)

			cli.Write("main.tf", w.Provider()+module("after"))
			cli.Must(0, "get", "-no-color")
			plan := cli.Run(append([]string{"plan", "-no-color"}, c.args...)...)
			if plan.Code != 0 && c.sure || !acctest.Says("Object is destroyed and created again", "moved {").MatchString(plan.Output) {
				t.Errorf("the plan does not say that objects move:\n%s", plan.Output)
			}
			w.Sim.ClearRequests()
			r := cli.Run(append([]string{"apply", "-auto-approve", "-no-color"}, c.args...)...)
			after := live(t, w, 2)
			switch {
			case r.Code != 0 && c.sure:
				t.Errorf("the apply failed:\n%s", r.Output)
			case r.Code != 0 && !strings.Contains(r.Output, "moved {"):
				t.Errorf("the error of the failed apply shows no moved block:\n%s", r.Output)
			case c.sure && (!slices.Equal(before, after) || len(tornDown(w)) > 0):
				t.Errorf("certificates before %v, after %v; deleted, voided or disabled by %v", before, after, tornDown(w))
			}
			if r.Code == 0 {
				cli.EmptyPlan()
				cli.Destroy()
				w.WantNothingLive()
			}
		})
	}
}

// A certificate moves to another address, and its destruction at the former one gives up before the slow creation has begun. The state
// then has the certificate twice, and the next apply removes the former instance. Terraform 1.9 to 1.11 plan it before they refresh it.
func TestAccAFormerInstanceLeavesTheState(t *testing.T) {
	pair := certtest.Leaf(t, "one")
	for _, kind := range []simulator.Kind{simulator.ZoneCertificate, simulator.HostnameCertificate} {
		t.Run(string(kind), func(t *testing.T) {
			w, cli := acctest.Start(t)
			declare := func(name string) {
				cli.Write("main.tf", acctest.Certificate(string(kind), name, pair, acctest.CBD, "  timeouts {\n    delete = \"1s\"\n  }"))
			}
			declare("before")
			cli.Apply()
			id := w.Live()[0].ID
			declare("after")
			cli.Must(0, "plan", "-no-color", "-out=plan")
			w.Sim.AddFault(simulator.Fault{Method: "GET", Path: "(auth|certificates)$", Times: 1, Do: simulator.Action{Delay: simulator.Duration(3 * time.Second)}})
			acctest.WantSays(t, cli.Must(1, "apply", "-no-color", "plan"), "The object stays in service as before.")
			cli.Apply()
			cli.EmptyPlan()
			w.WantEverythingActive()
			if live := w.Live(); len(live) != 1 || live[0].ID != id {
				t.Errorf("live are %+v, want %s", live, id)
			}
			if state := cli.Must(0, "state", "list"); strings.Contains(state, "before") {
				t.Errorf("the state has the former instance:\n%s", state)
			}
		})
	}
}

// If the plan recreates a certificate that the state already has, the provider adopts it, because Cloudflare would reject the upload.
func TestAccTheSameLeafAgain(t *testing.T) {
	pair, other := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	for _, kind := range []string{"zone", "hostname"} {
		address := "origintls_" + kind + "_certificate.own"
		simple := acctest.Certificate(kind, "own", pair, acctest.CBD)
		trigger := func(value string) string {
			return fmt.Sprintf("resource \"terraform_data\" \"trigger\" {\n  input = %q\n}\n", value) +
				acctest.Certificate(kind, "own", pair, "  lifecycle {\n    create_before_destroy = true\n    replace_triggered_by = [terraform_data.trigger]\n  }")
		}
		late := func(note string, leaf certtest.Pair) string {
			return fmt.Sprintf("resource \"terraform_data\" \"source\" {\n  input = { certificate = %s, note = %q }\n}\n", strconv.Quote(leaf.Certificate), note) +
				strings.Replace(acctest.Certificate(kind, "own", leaf, acctest.CBD), strconv.Quote(leaf.Certificate), "terraform_data.source.output.certificate", 1)
		}
		listed := func(pairs ...certtest.Pair) string {
			var items []string
			for _, p := range pairs {
				items = append(items, fmt.Sprintf("{ certificate = %s, key = %s }", strconv.Quote(p.Certificate), strconv.Quote(p.PrivateKey)))
			}
			return "locals {\n  pairs = [" + strings.Join(items, ", ") + "]\n}\n" + fmt.Sprintf("resource \"origintls_%s_certificate\" \"own\" {\n  count = length(local.pairs)\n"+
				"  zone_id = %q\n  certificate = local.pairs[count.index].certificate\n  private_key = local.pairs[count.index].key\n%s\n}\n", kind, acctest.Zone, acctest.CBD)
		}
		for name, c := range map[string]struct {
			before, after string
			taint         bool
			args          []string
			left          int // the number of certificates that are left
		}{
			"replace":              {before: simple, after: simple, args: []string{"-replace=" + address}, left: 1},
			"taint":                {before: simple, after: simple, taint: true, left: 1},
			"replace_triggered_by": {before: trigger("1"), after: trigger("2"), left: 1},
			"unknown at plan":      {before: late("1", pair), after: late("2", pair), left: 1},
			"a list shifts":        {before: listed(certtest.Leaf(t, "zero"), pair, other), after: listed(pair, other), left: 2},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				w, cli := acctest.Start(t)
				cli.Write("main.tf", w.Provider()+c.before)
				cli.Apply()
				if c.taint {
					cli.Must(0, "taint", address)
				}
				cli.Write("main.tf", w.Provider()+c.after)
				w.Sim.ClearRequests()
				out := cli.Must(0, append([]string{"apply", "-auto-approve", "-no-color"}, c.args...)...)
				if n := w.Sent("POST"); n > 0 {
					t.Errorf("%d uploads:\n%s", n, out)
				}
				w.WantEverythingActive()
				if live := w.Live(); len(live) != c.left {
					t.Errorf("%d certificates are live, want %d: %+v", len(live), c.left, live)
				}
				cli.EmptyPlan()
				cli.Destroy()
				w.WantNothingLive()
			})
		}
	}
}

// The provider never adopts a certificate that no address of this state holds, whether or not the plan could see it.
func TestAccAForeignLeafIsNotTakenOver(t *testing.T) {
	pair, own := certtest.Leaf(t, "theirs"), certtest.Leaf(t, "ours")
	for name, c := range map[string]struct {
		state bool // the state is not empty
		late  bool // the certificate is uploaded between plan and apply
		there bool // the address holds another certificate, which the plan replaces with this one
	}{
		"an empty state": {}, "a state": {state: true}, "after the plan": {late: true}, "after the plan, with a state": {state: true, late: true},
		"a replacement": {there: true}, "a replacement, after the plan": {there: true, late: true},
	} {
		t.Run(name, func(t *testing.T) {
			w, cli := acctest.Start(t)
			config := w.Provider()
			if c.state {
				config += acctest.Certificate("hostname", "ours", own)
			}
			if cli.Write("main.tf", config); c.there {
				cli.Write("main.tf", config+acctest.Certificate("hostname", "theirs", own, acctest.CBD))
			}
			cli.Apply()
			cli.Write("main.tf", config+acctest.Certificate("hostname", "theirs", pair, acctest.CBD))
			add := func() string {
				return w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
			}
			id := ""
			if !c.late {
				id = add()
			}
			plan := cli.Must(0, "plan", "-no-color", "-out=plan")
			if c.late {
				id = add()
			} else {
				why := "this is the reason, and not a bug."
				if !c.state && !c.there { // nothing is refreshed, so the provider does not know whether this is the second planning during an apply
					why = "If the plan has found the certificate in this state, the apply adopts it"
				}
				acctest.WantSays(t, plan, "Certificate is in the zone already", why, id)
			}
			r := cli.Run("apply", "-no-color", "plan")
			if r.Code == 0 || !acctest.Says("1406", "import {", acctest.Zone+"/"+id).MatchString(r.Output) {
				t.Errorf("exit %d:\n%s", r.Code, r.Output)
			}
			if state := cli.Read("terraform.tfstate"); strings.Contains(state, id) {
				t.Error("the state holds somebody else's certificate")
			}
		})
	}
}

// A zone_id that is unknown at plan does not make the plan replace anything.
func TestAccAnUnknownZoneReplacesNothing(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	zone, host := certtest.Leaf(t, "zone"), certtest.Leaf(t, "host")
	config := func(note, zoneID string) string {
		resources := acctest.Certificate("zone", "edge", zone) + acctest.Certificate("hostname", "own", host) + acctest.Association("a", "a.example.com", "own") + acctest.Setting(true) +
			fmt.Sprintf("resource \"origintls_hostname_associations\" \"many\" {\n  zone_id = %q\n  associations = { \"b.example.com\" = { certificate_id = origintls_hostname_certificate.own.id } }\n}\n", acctest.Zone)
		return w.Provider() + fmt.Sprintf("resource \"terraform_data\" \"zone\" {\n  input = { id = %q, note = %q }\n}\n", zoneID, note) +
			strings.ReplaceAll(resources, "zone_id = "+strconv.Quote(acctest.Zone), "zone_id = terraform_data.zone.output.id")
	}
	cli.Write("main.tf", config("1", acctest.Zone))
	cli.Apply()
	live(t, w, 2)
	cli.Write("main.tf", config("2", acctest.Zone))
	w.Sim.ClearRequests()
	if out := cli.Apply(); !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("the apply replaced something:\n%s", out)
	}
	w.WantNoWrites()
	cli.EmptyPlan()

	cli.Write("main.tf", config("3", strings.Repeat("0f", 16)))
	w.Sim.ClearRequests()
	r := cli.Run("apply", "-auto-approve", "-no-color")
	if r.Code == 0 || !acctest.Says("plan and apply again").MatchString(r.Output) || w.Writes() != 0 {
		t.Errorf("exit %d, %d writes:\n%s", r.Code, w.Writes(), r.Output)
	}
	live(t, w, 2)
}

// An association is replaced, and its new hostname is one that another address gives up. The plan warns of that, and
// the hostname stays authenticated.
func TestAccAHostnameMovesToAnotherAddress(t *testing.T) {
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} { // Terraform's order of planning may depend on the names
		for _, args := range [][]string{nil, {"-parallelism=1"}} {
			t.Run(fmt.Sprint(names, args), func(t *testing.T) {
				w, cli := acctest.Start(t)
				stays, goes := names[0], names[1]
				cert := acctest.Certificate("hostname", "own", certtest.Leaf(t, "one"))
				cli.Write("main.tf", w.Provider()+cert+acctest.Association(stays, "old.example.com", "own")+acctest.Association(goes, "new.example.com", "own"))
				cli.Apply()
				cli.Write("main.tf", w.Provider()+cert+acctest.Association(stays, "new.example.com", "own"))
				if out := cli.Must(0, append([]string{"plan", "-no-color"}, args...)...); !acctest.Says("Object is destroyed and created again", "moved {").MatchString(out) {
					t.Errorf("the plan does not warn:\n%s", out)
				}
				w.Sim.ClearRequests()
				cli.Must(0, append([]string{"apply", "-auto-approve", "-no-color"}, args...)...)
				for _, put := range acctest.Puts(t, w.Sim.Requests()) {
					// With -parallelism=1, the destroy ends before the creation begins, so only then may the hostname be void in between.
					if row := put.Rows[0]; args == nil && row.Enabled == nil && row.Hostname == "new.example.com" {
						t.Error("new.example.com was void in between")
					}
				}
				acctest.WantNoError(t, acctest.EverythingActive(w))
				cli.EmptyPlan()
			})
		}
	}
}
