// Package e2e tests the provider from end to end. The real CLI runs the real provider binary over the plugin protocol,
// and the provider talks to the simulator over real HTTP.
package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestAccZone_FromNothingToNothing(t *testing.T) {
	const lower, upper = "h%d.example.com", "H%d.Example.COM"
	for _, c := range []struct {
		name     string
		change   func(*simulator.Behaviour)
		hostname string
	}{
		{"as observed", func(*simulator.Behaviour) {}, lower},
		{"PUT answers all, 404 instead of tombstones, upper case", func(b *simulator.Behaviour) {
			b.PutAnswersAll, b.DeletedIs404, b.EchoHostnameAsSent = true, true, true
		}, upper},
		{"overlapping writes conflict, voids are null, lists are empty arrays and lag", func(b *simulator.Behaviour) {
			b.ConflictOnOverlap, b.WriteTakes = true, simulator.Duration(50*time.Millisecond)
			b.VoidedIsNull, b.EmptyLists, b.ListLag = true, simulator.EmptyArray, simulator.Duration(20*time.Second)
		}, lower},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, cli := acctest.Start(t, acctest.Takes(2*time.Second), c.change)
			cli.Write("main.tf", acctest.ZoneOf(t, "first", 2, acctest.Hostnames(c.hostname, 20)))
			cli.Apply()
			holds(t, w, "first")
			cli.EmptyPlan()

			w.Sim.ClearRequests()
			cli.Write("main.tf", acctest.ZoneOf(t, "second", 2, acctest.Hostnames(c.hostname, 20)))
			cli.Apply()
			holds(t, w, "second")
			withoutAGap(t, w)
			cli.EmptyPlan()

			cli.Destroy()
			w.WantNothingLive()
			for _, r := range w.Sim.Requests() {
				if r.Status == 409 {
					t.Errorf("%s %s was answered 409: writes of one process overlapped", r.Method, r.Path)
				}
			}
		})
	}
}

// holds checks three things: exactly the certificates of this generation are live, every association refers to one of
// them, and everything is active.
func holds(t *testing.T, w *acctest.World, generation string) {
	t.Helper()
	w.WantEverythingActive()
	z := w.State()
	active := map[string]bool{}
	for _, c := range w.Live() {
		active[c.ID] = true
		if !strings.Contains(c.Subject, generation) {
			t.Errorf("%s still exists", c.Subject)
		}
	}
	if len(active) != 3 || len(z.Associations) != 20 || !z.Enabled {
		t.Errorf("%d certificates, %d associations, setting %v; want 3, 20, true", len(active), len(z.Associations), z.Enabled)
	}
	for _, a := range z.Associations {
		if !active[a.CertificateID] {
			t.Errorf("%s refers to %s, which no longer exists", a.Hostname, a.CertificateID)
		}
	}
}

// withoutAGap checks the requests of a rotation. No certificate of the first generation was deleted before its successor
// was active. No hostname certificate was deleted before the last of its ten associations had moved. No association was
// voided, disabled or left out in the meantime.
func withoutAGap(t *testing.T, w *acctest.World) {
	t.Helper()
	moved := movesTo(t, w)
	certs := w.Certificates()
	for _, old := range certs {
		if !strings.Contains(old.Subject, "first") {
			continue
		}
		i := slices.IndexFunc(certs, func(c simulator.CertificateState) bool {
			return c.Subject == strings.Replace(old.Subject, "first", "second", 1)
		})
		deleted := deletionOf(w, old.ID)
		if i < 0 || deleted.IsZero() {
			t.Errorf("%s has a successor: %t; it was deleted: %t", old.Subject, i >= 0, !deleted.IsZero())
			continue
		}
		if !certs[i].DeployedOn.Before(deleted) {
			t.Errorf("%s was deleted at %s, before its successor was active at %s", old.Subject, deleted, certs[i].DeployedOn)
		}
		if strings.HasPrefix(old.Subject, "CN=edge") {
			continue
		}
		hostnames := moved[certs[i].ID]
		if len(hostnames) != 10 {
			t.Errorf("%d hostnames were moved to %s, want 10: %v", len(hostnames), certs[i].Subject, hostnames)
		}
		for hostname, at := range hostnames {
			if !at.Before(deleted) {
				t.Errorf("%s was moved at %s, after %s was deleted at %s", hostname, at, old.Subject, deleted)
			}
		}
	}
}

// movesTo returns when each hostname was last written, by certificate id. Every row must be enabled.
func movesTo(t *testing.T, w *acctest.World) map[string]map[string]time.Time {
	t.Helper()
	moved := map[string]map[string]time.Time{}
	for _, put := range acctest.Puts(t, w.Sim.Requests()) {
		for _, row := range put.Rows {
			if row.Enabled == nil || !*row.Enabled {
				t.Errorf("in the rotation, %s is voided or disabled", row.Hostname)
			}
			if moved[row.CertificateID] == nil {
				moved[row.CertificateID] = map[string]time.Time{}
			}
			moved[row.CertificateID][strings.ToLower(row.Hostname)] = put.Time
		}
	}
	return moved
}

// deletionOf returns the time of the last request to delete a certificate.
func deletionOf(w *acctest.World, id string) (at time.Time) {
	for _, r := range w.Sim.Requests() {
		if r.Method == "DELETE" && strings.HasSuffix(r.Path, id) {
			at = r.Time
		}
	}
	return at
}

func TestAccZone_ImportsIntoAnEmptyPlan(t *testing.T) {
	w, cli := acctest.Start(t)
	edge, api := certtest.Leaf(t, "edge"), certtest.Leaf(t, "api")
	edgeID := w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, edge.Certificate, edge.PrivateKey)
	apiID := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, api.Certificate, api.PrivateKey)
	w.Sim.AddAssociation(acctest.Zone, "api.example.com", apiID, true)
	w.Sim.SetSetting(acctest.Zone, true)
	cli.Write("main.tf", acctest.Certificate("zone", "edge", edge)+acctest.Certificate("hostname", "api", api)+
		acctest.Association("api", "api.example.com", "api")+acctest.Setting(true))
	for address, id := range map[string]string{
		"origintls_zone_certificate.edge":    edgeID,
		"origintls_hostname_certificate.api": apiID,
		"origintls_hostname_association.api": "api.example.com",
		"origintls_zone_setting.this":        "",
	} {
		cli.Must(0, "import", "-no-color", address, strings.TrimSuffix(acctest.Zone+"/"+id, "/"))
	}
	// The keys of the configuration enter the state. That is an update, but no request is sent.
	w.Sim.ClearRequests()
	cli.Apply()
	cli.EmptyPlan()
	w.WantNoWrites()
	if !strings.Contains(cli.Read("terraform.tfstate"), certpem.Fingerprint(edge.Certificate)) {
		t.Error("the state does not hold the imported certificate")
	}
}

func TestAccInterruptedWaitEndsAtOnceAndKeepsTheID(t *testing.T) {
	for _, kind := range []simulator.Kind{simulator.ZoneCertificate, simulator.HostnameCertificate} {
		t.Run(string(kind), func(t *testing.T) {
			w, cli := acctest.Start(t, func(b *simulator.Behaviour) { b.StickDeployments = true })
			cli.Write("main.tf", acctest.Certificate(string(kind), "c", certtest.Leaf(t, "one")))
			polls := func() bool {
				gets := 0
				for _, r := range w.Sim.Requests() {
					if r.Method == "GET" && !strings.HasSuffix(r.Path, "client_auth") && !strings.HasSuffix(r.Path, "certificates") {
						gets++
					}
				}
				return gets >= 3 // by then the wait pauses for seconds between two reads
			}
			result, took := cli.Interrupt(polls, "apply", "-auto-approve", "-no-color")
			// That the wait ends immediately is checked on a fake clock, by TestAnInterruptedWaitEndsAtOnce of the client. Here the
			// time depends on how busy the machine is.
			t.Logf("the CLI ended %s after the interruption", took)
			if result.Code == 0 || took > 10*time.Second {
				t.Errorf("exit code %d, %s after the interruption:\n%s", result.Code, took, result.Output)
			}
			for _, want := range []string{"the wait for the object to become active was interrupted", "What to do: run the same command again. The certificate is kept in the state"} {
				acctest.WantSays(t, result.Output, want)
			}
			if id := w.Live()[0].ID; !strings.Contains(cli.Read("terraform.tfstate"), id) {
				t.Errorf("the state does not hold the id %s", id)
			}
			w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments = false })
			cli.Apply()
			cli.EmptyPlan()
			cli.Destroy()
			w.WantNothingLive()
		})
	}
}
