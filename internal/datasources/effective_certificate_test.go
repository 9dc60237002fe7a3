package datasources_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const host = "api.example.com"

// place brings the zone or a hostname's association into a state. put gets the ids of two hostname certificates.
type place struct {
	name    string
	put     func(w *acctest.World, certs [2]string)
	unknown bool // whether the API does not show what the edge presents
}

func put(w *acctest.World, certID string, enabled string) {
	w.Send("PUT", "/hostnames", fmt.Sprintf(`{"config":[{"hostname":%q,"cert_id":%q,"enabled":%s}]}`, host, certID, enabled))
}

var associations = []place{
	{name: "none", put: func(*acctest.World, [2]string) {}},
	{name: "enabled", put: func(w *acctest.World, c [2]string) { w.Sim.AddAssociation(acctest.Zone, host, c[0], true) }},
	{name: "disabled", put: func(w *acctest.World, c [2]string) { w.Sim.AddAssociation(acctest.Zone, host, c[0], false) }},
	{name: "pending", put: func(w *acctest.World, c [2]string) {
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickAssociations = true })
		put(w, c[0], "true")
	}},
	{name: "pending, disabled", put: func(w *acctest.World, c [2]string) {
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickAssociations = true })
		put(w, c[0], "false")
	}},
	{name: "timed out", put: func(w *acctest.World, c [2]string) {
		w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutAssociations, b.AssociateAfter = true, 0 })
		put(w, c[0], "true")
	}},
	{name: "voided", put: func(w *acctest.World, c [2]string) {
		w.Sim.AddAssociation(acctest.Zone, host, c[0], true)
		w.Sim.SetAssociation(acctest.Zone, host, "", nil)
	}},
	{name: "voided, then pending", put: func(w *acctest.World, c [2]string) {
		w.Sim.AddAssociation(acctest.Zone, host, c[0], true)
		w.Sim.SetAssociation(acctest.Zone, host, "", nil)
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickAssociations = true })
		put(w, c[1], "true")
	}},
	{name: "being voided", put: func(w *acctest.World, c [2]string) {
		w.Sim.AddAssociation(acctest.Zone, host, c[0], true)
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickVoids = true })
		put(w, c[0], "null")
	}},
	{name: "certificate gone", put: func(w *acctest.World, c [2]string) {
		w.Sim.AddAssociation(acctest.Zone, host, c[0], true)
		w.Sim.RemoveCertificate(simulator.HostnameCertificate, acctest.Zone, c[0])
	}},
	{name: "certificate deleted", put: func(w *acctest.World, c [2]string) {
		w.Sim.AddAssociation(acctest.Zone, host, c[0], true)
		w.Sim.SetCertificateStatus(simulator.HostnameCertificate, acctest.Zone, c[0], "deleted")
	}},
	{name: "changed, pending", unknown: true, put: func(w *acctest.World, c [2]string) {
		w.Sim.AddAssociation(acctest.Zone, host, c[0], true)
		time.Sleep(time.Millisecond) // the times of two writes must differ, and the API's times have six decimals
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickAssociations = true })
		put(w, c[1], "true")
	}},
}

var zones = []place{
	{name: "no certificate", put: func(*acctest.World, [2]string) {}},
	{name: "one", put: func(w *acctest.World, _ [2]string) { upload(w, "one") }},
	{name: "several", put: func(w *acctest.World, _ [2]string) {
		for _, name := range []string{"first", "second", "third"} {
			upload(w, name)
			time.Sleep(time.Millisecond)
		}
	}},
	{name: "expired", put: func(w *acctest.World, _ [2]string) { upload(w, "expired", ended) }},
	{name: "one deployed late", put: func(w *acctest.World, _ [2]string) {
		// This certificate is uploaded first and deployed last.
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments, b.DeployAfter = true, 0 })
		pair := certtest.Leaf(w.T, "late")
		w.Send("POST", "", fmt.Sprintf(`{"certificate":%q,"private_key":%q}`, pair.Certificate, pair.PrivateKey))
		upload(w, "early")
		time.Sleep(time.Millisecond)
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments = false })
	}},
	{name: "one being deployed", put: func(w *acctest.World, _ [2]string) {
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments = true })
		upload(w, "old")
		pair := certtest.Leaf(w.T, "new")
		w.Send("POST", "", fmt.Sprintf(`{"certificate":%q,"private_key":%q}`, pair.Certificate, pair.PrivateKey))
	}},
	{name: "one being deleted", put: func(w *acctest.World, _ [2]string) {
		id := upload(w, "leaving")
		w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeletions = true })
		w.Send("DELETE", "/"+id, "")
	}},
}

func ended(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

func upload(w *acctest.World, name string, change ...func(*x509.Certificate)) string {
	pair := certtest.Leaf(w.T, name, change...)
	return w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
}

// In every state of the zone and the hostname, the data source names the certificate that the edge presents, or reports that it
// presents none.
func TestEffectiveCertificateAgreesWithTheEdge(t *testing.T) {
	for api, behave := range map[string]func(*simulator.Behaviour){
		"with the list":    func(*simulator.Behaviour) {},
		"with updated_at":  func(b *simulator.Behaviour) { b.CertificatesShowUpdatedAt = true },
		"without the list": func(b *simulator.Behaviour) { b.PagedListStatus, b.VoidedIsNull = 404, true },
		"older lists":      func(b *simulator.Behaviour) { b.HostnameRowsAreAssociations, b.EchoHostnameAsSent = true, true },
	} {
		for _, association := range associations {
			for _, zone := range zones {
				for _, on := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/association %s/zone %s/%v", api, association.name, zone.name, on), func(t *testing.T) {
						t.Parallel()
						w := acctest.New(t, behave)
						var certs [2]string
						for i := range certs {
							pair := certtest.Leaf(t, fmt.Sprint("host ", i))
							certs[i] = w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
						}
						w.Sim.SetSetting(acctest.Zone, on)
						zone.put(w, certs)
						association.put(w, certs)
						agrees(t, w, association.unknown, zone.name == "one deployed late" && api != "with updated_at")
					})
				}
			}
		}
	}
}

// agrees compares the data source with the edge. unknown means that the API does not show what the edge presents. doubtful means that
// the API shows several active certificates of the zone, but not which of them was deployed last.
func agrees(t *testing.T, w *acctest.World, unknown, doubtful bool) {
	t.Helper()
	rpc := w.RPC()
	got, diags := rpc.Data("origintls_effective_certificate", acctest.Attributes{
		"zone_id": acctest.Text(acctest.Zone), "hostname": acctest.Text(strings.ToUpper(host)),
	})
	rpc.NoError(diags)
	presented, source, ok := w.Sim.Presents(acctest.Zone, host)
	want, fingerprint := simulator.SourceNone, ""
	if ok {
		sum := sha256.Sum256(presented.Leaf.Raw)
		want, fingerprint = source, hex.EncodeToString(sum[:])
	}
	if unknown { // the data source reports that, and names no certificate instead of a wrong one
		fingerprint = ""
		if !got.Bool("pending") {
			t.Error("the data source does not report that a change is pending")
		}
	}
	if doubtful && got.String("source") == simulator.SourceZone {
		if !strings.Contains(got.String("reason"), "Cloudflare does not show when a certificate was deployed") {
			t.Errorf("the data source does not report that another certificate may have been deployed later: %s", got.String("reason"))
		}
		fingerprint = got.String("fingerprint_sha256")
	}
	if got.String("source") != want || got.String("fingerprint_sha256") != fingerprint {
		t.Errorf("the edge presents %s %q, the data source says %s %q, because: %s", want, fingerprint,
			got.String("source"), got.String("fingerprint_sha256"), got.String("reason"))
	}
	if (got.String("certificate_id") == "") != (fingerprint == "") || (got.String("expires_on") == "") != (fingerprint == "") || got.String("reason") == "" {
		t.Errorf("attributes are missing: %v", got)
	}
}

func TestEffectiveCertificatesShareTheirReads(t *testing.T) {
	w := acctest.New(t)
	pair := certtest.Leaf(t, "host")
	id := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
	upload(w, "zone")
	w.Sim.SetSetting(acctest.Zone, true)
	for i := range 50 {
		w.Sim.AddAssociation(acctest.Zone, fmt.Sprintf("h%d.example.com", i), id, true)
	}
	rpc := w.RPC()
	w.Sim.ClearRequests()
	for i := range 50 {
		got, diags := rpc.Data("origintls_effective_certificate", acctest.Attributes{
			"zone_id": acctest.Text(acctest.Zone), "hostname": acctest.Text(fmt.Sprintf("h%d.example.com", i)),
		})
		rpc.NoError(diags)
		if got.String("certificate_id") != id {
			t.Fatal(got)
		}
	}
	if n := len(w.Sim.Requests()); n != 2 {
		t.Errorf("50 hostnames took %d requests, want 2: the associations and the certificates", n)
	}
}
