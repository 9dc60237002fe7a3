package resources_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const assocs = "origintls_hostname_associations.all"

// associations is the HCL of a bulk resource. hosts has the certificate of each hostname, "c0" …, followed by " off" if the
// association is disabled.
func associations(hosts map[string]string) string {
	var hcl strings.Builder
	fmt.Fprintf(&hcl, "resource \"origintls_hostname_associations\" \"all\" {\n  zone_id = %q\n  associations = {\n", acctest.Zone)
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		cert, off, _ := strings.Cut(hosts[host], " ")
		id := "origintls_hostname_certificate." + cert + ".id"
		if strings.HasPrefix(cert, "#") {
			id = fmt.Sprintf("%q", cert[1:])
		}
		fmt.Fprintf(&hcl, "    %q = { certificate_id = %s, enabled = %t }\n", host, id, off == "")
	}
	return hcl.String() + "  }\n}\n"
}

func hostnames(n int, cert func(i int) string) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("h%d.example.com", i)] = cert(i)
	}
	return out
}

func changed(hosts map[string]string, changes map[string]string) map[string]string {
	out := maps.Clone(hosts)
	for host, cert := range changes {
		if cert == "" {
			delete(out, host)
			continue
		}
		out[host] = cert
	}
	return out
}

// serving checks that the zone has exactly these associations.
func serving(hosts map[string]string) func(*acctest.World) error {
	return func(w *acctest.World) error {
		z := w.State()
		subject := map[string]string{}
		for _, c := range z.HostnameCertificates {
			subject[c.ID] = strings.TrimPrefix(strings.TrimSuffix(c.Subject, ",O=origintls tests"), "CN=")
		}
		got := map[string]string{}
		for _, a := range z.Associations {
			state := subject[a.CertificateID]
			if !*a.Enabled {
				state += " off"
			}
			if a.Status != "active" {
				state += " " + a.Status
			}
			got[a.Hostname] = state
		}
		want := map[string]string{}
		for host, cert := range hosts {
			want[strings.ToLower(host)] = cert
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("the zone serves %v, want %v", got, want)
		}
		return nil
	}
}

func onePut(rows int, void bool) func(*acctest.World) error {
	return func(w *acctest.World) error {
		sent := acctest.Puts(w.T, w.Sim.Requests())
		if len(sent) != 1 || len(sent[0].Rows) != rows {
			return fmt.Errorf("sent %v, want one PUT of %d rows", sent, rows)
		}
		for _, row := range sent[0].Rows {
			if (row.Enabled == nil) != void {
				return fmt.Errorf("row %v, want void %v", row, void)
			}
		}
		return nil
	}
}

func TestAccAssociations_Lifecycle(t *testing.T) {
	for name, change := range map[string]func(*simulator.Behaviour){
		"as observed":                 func(*simulator.Behaviour) {},
		"no list, PUT answers all":    func(b *simulator.Behaviour) { b.PagedListStatus, b.PutAnswersAll = 404, true },
		"voids as null, names echoed": func(b *simulator.Behaviour) { b.VoidedIsNull, b.EchoHostnameAsSent = true, true },
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t, change)
			certs := w.Provider() + acctest.Certificate("hostname", "c0", certtest.Leaf(t, "c0")) + acctest.Certificate("hostname", "c1", certtest.Leaf(t, "c1"))
			first := changed(hostnames(40, func(i int) string { return fmt.Sprint("c", i%2) }), map[string]string{"Upper.Example.com": "c0", "off.example.com": "c1 off"})
			moved := changed(first, map[string]string{"h0.example.com": "c1", "h2.example.com": "c0 off", "new.example.com": "c1"})
			fewer := changed(moved, map[string]string{"h1.example.com": "", "h3.example.com": "", "Upper.Example.com": ""})
			foreign := changed(fewer, map[string]string{"foreign.example.com": "c0"})
			off := false
			w.Run(
				t,
				resource.TestStep{Config: certs + associations(first), Check: w.Check(serving(first))},
				resource.TestStep{
					PreConfig: w.Sim.ClearRequests, Config: certs + associations(moved), ConfigPlanChecks: planned(assocs, plancheck.ResourceActionUpdate),
					Check: resource.ComposeTestCheckFunc(w.Check(serving(moved)), w.Check(onePut(3, false))),
				},
				resource.TestStep{
					PreConfig: w.Sim.ClearRequests, Config: certs + associations(fewer),
					Check: resource.ComposeTestCheckFunc(w.Check(serving(fewer)), w.Check(onePut(3, true))),
				},
				resource.TestStep{ // somebody else's hostname in the zone is left alone, and changes made outside Terraform are undone
					PreConfig: func() {
						id := live(w, simulator.HostnameCertificate)
						slices.SortFunc(id, func(a, b simulator.CertificateState) int { return strings.Compare(a.Subject, b.Subject) })
						w.Sim.AddAssociation(acctest.Zone, "foreign.example.com", id[0].ID, true)
						w.Sim.SetAssociation(acctest.Zone, "h5.example.com", id[1].ID, &off)
						w.Sim.SetAssociation(acctest.Zone, "h7.example.com", id[1].ID, nil)
						w.Sim.AddAssociation(acctest.Zone, "h9.example.com", id[0].ID, true)
						w.Sim.ClearRequests()
					},
					Config: certs + associations(fewer), ConfigPlanChecks: planned(assocs, plancheck.ResourceActionUpdate),
					Check: resource.ComposeTestCheckFunc(w.Check(serving(foreign)), w.Check(onePut(3, false))),
				},
				resource.TestStep{
					PreConfig: func() {
						w.Sim.SetAssociation(acctest.Zone, "foreign.example.com", "", nil)
						w.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = 0 })
					},
					ResourceName: assocs, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: importID(assocs, "zone_id"),
				},
			)
		})
	}
}

func TestAccAssociations_ARefusedHostnameAloneFails(t *testing.T) {
	w := acctest.New(t, func(b *simulator.Behaviour) { b.RefuseHostnames = []string{"bad*.example.com"} })
	certs := w.Provider() + acctest.Certificate("hostname", "c0", certtest.Leaf(t, "c0"))
	good := hostnames(60, func(int) string { return "c0" })
	bad := changed(good, map[string]string{"bad.example.com": "c0", "bad2.example.com": "c0"})
	w.Run(
		t,
		resource.TestStep{Config: certs + associations(changed(good, map[string]string{"h1.example.com": ""}))},
		resource.TestStep{
			Config: certs + associations(bad),
			ExpectError: acctest.Says("Unable to update hostname associations",
				"Object: 2 of the 3 hostnames to be written in zone "+acctest.Zone+": bad.example.com, bad2.example.com (the others are written and active).", "Cloudflare answered HTTP 400"),
		},
		resource.TestStep{ // the state has the rows that succeeded
			PreConfig: func() {
				if err := serving(good)(w); err != nil {
					t.Error(err)
				}
			},
			Config: certs + associations(good), PlanOnly: true,
		},
		resource.TestStep{
			PreConfig: func() { w.Sim.Behave(func(b *simulator.Behaviour) { b.RefuseHostnames = nil }) },
			Config:    certs + associations(bad), Check: w.Check(serving(bad)),
		},
	)
}

func TestAccAssociations_BadInputIsRefusedAtPlan(t *testing.T) {
	for name, c := range map[string]struct {
		hosts map[string]string
		says  []string
	}{
		"a hostname that is none": {map[string]string{"https://x": "#id"}, []string{"Invalid hostname", `The key "https://x" is not a hostname`}},
		"twice the same": {
			map[string]string{"a.example.com": "#id", "A.example.com": "#id"},
			[]string{"Duplicate hostname", `The keys "A.example.com" and "a.example.com" are the same hostname`},
		},
		"101 hostnames on one certificate": {
			hostnames(101, func(int) string { return "#8f14e45f-0000-4000-8000-000000000000" }),
			[]string{"Too many hostnames on one certificate", "101 hostnames use the certificate 8f14e45f-0000-4000-8000-000000000000, and Cloudflare allows 100."},
		},
		"an id that is none": {map[string]string{"a.example.com": "#../x"}, []string{"must be the id of a certificate"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			w.Run(t, resource.TestStep{Config: w.Provider() + associations(c.hosts), PlanOnly: true, ExpectError: acctest.Says(c.says...)})
			if err := acctest.NoRequest(w); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAccAssociations_ImportWithoutTheList(t *testing.T) {
	w := acctest.New(t, func(b *simulator.Behaviour) { b.PagedListStatus = 405 })
	w.Run(t, resource.TestStep{
		Config: w.Provider() + associations(nil) + fmt.Sprintf("import {\n to = %s\n id = %q\n}\n", assocs, acctest.Zone),
		ExpectError: acctest.Says("Unable to read hostname associations", "Object: the associations of zone "+acctest.Zone,
			"What to do: this operation needs the API's list of the zone's associations", "Use origintls_hostname_association for single hostnames"),
	})
}

// After a failed create, create_before_destroy writes the hostname first and then destroys the tainted object, which is the
// same association. The destroy must not void the hostname.
func TestAccAHostnameThatIsMadeAnewIsNotVoided(t *testing.T) {
	t.Run("tainted", func(t *testing.T) {
		w := acctest.New(t)
		config := w.Provider() + acctest.Certificate("hostname", "c0", certtest.Leaf(t, "c0")) + acctest.Association("a", "a.example.com", "c0", acctest.CBD)
		timeOut := func(on bool) func() {
			return func() { w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutAssociations = on }) }
		}
		w.Run(
			t,
			resource.TestStep{PreConfig: timeOut(true), Config: config, ExpectError: acctest.Says("Unable to create hostname association", "deployment_timed_out")},
			resource.TestStep{PreConfig: timeOut(false), Config: config, Check: w.Check(serving(map[string]string{"a.example.com": "c0"}))},
		)
	})
}
