package datasources_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

var kinds = map[string]simulator.Kind{"zone": simulator.ZoneCertificate, "hostname": simulator.HostnameCertificate}

func in(zone string, more ...string) acctest.Attributes {
	attributes := acctest.Attributes{"zone_id": acctest.Text(zone)}
	for i := 0; i < len(more); i += 2 {
		attributes[more[i]] = acctest.Text(more[i+1])
	}
	return attributes
}

func inDays(n int) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, n).Truncate(time.Second) }
}

func fingerprintOf(pair certtest.Pair) string {
	sum := sha256.Sum256(pair.Leaf.Raw)
	return hex.EncodeToString(sum[:])
}

// forms are the forms in which the API may answer.
var forms = map[string]func(*simulator.Behaviour){
	"as a rule":   func(*simulator.Behaviour) {},
	"older lists": func(b *simulator.Behaviour) { b.HostnameRowsAreAssociations, b.ListInfo = true, simulator.ListInfoAll },
	"other echo": func(b *simulator.Behaviour) {
		b.PEMEcho, b.DropSerialNumber, b.DropUpdatedAt, b.ExtraFields, b.EmptyLists = simulator.EchoText, true, true, true, simulator.EmptyArray
	},
}

func TestCertificate(t *testing.T) {
	for form, behave := range forms {
		for name, kind := range kinds {
			t.Run(form+"/"+name, func(t *testing.T) {
				w := acctest.New(t, behave)
				pair, other := certtest.Leaf(t, "one", inDays(10)), certtest.Leaf(t, "other")
				w.Sim.AddCertificate(kind, acctest.Zone, other.Certificate, other.PrivateKey)
				id := w.Sim.AddCertificate(kind, acctest.Zone, pair.Certificate, pair.PrivateKey)
				for i := range 2 {
					w.Sim.AddAssociation(acctest.Zone, fmt.Sprintf("h%d.example.com", i), id, true)
				}
				rpc := w.RPC()
				colons := strings.ToUpper(strings.Join(slices.Collect(chunks(fingerprintOf(pair), 2)), ":"))
				for _, lookup := range [][2]string{{"id", id}, {"fingerprint_sha256", fingerprintOf(pair)}, {"fingerprint_sha256", colons}} {
					got, diags := rpc.Data("origintls_"+name+"_certificate", in(acctest.Zone, lookup[0], lookup[1]))
					rpc.NoError(diags)
					for attribute, want := range map[string]string{
						"id": id, "fingerprint_sha256": fingerprintOf(pair), "status": "active", "issuer": "CN=one,O=origintls tests",
						"serial_number": pair.Leaf.SerialNumber.String(), "expires_on": pair.Leaf.NotAfter.UTC().Format(time.RFC3339), "signature": "ECDSA-SHA256",
					} {
						if got.String(attribute) != want {
							t.Errorf("by %s: %s is %q, want %q", lookup, attribute, got.String(attribute), want)
						}
					}
					if !got.Bool("ready_for_renewal") || !strings.Contains(got.String("certificate"), "BEGIN CERTIFICATE") || got.String("uploaded_on") == "" {
						t.Errorf("by %s: %v", lookup, got)
					}
				}
			})
		}
	}
}

func chunks(s string, n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for ; len(s) >= n && yield(s[:n]); s = s[n:] {
		}
	}
}

func TestCertificates(t *testing.T) {
	for form, behave := range forms {
		for name, kind := range kinds {
			t.Run(form+"/"+name, func(t *testing.T) {
				w := acctest.New(t, behave)
				ids := map[string]string{}
				for _, days := range []int{300, 20, 100, 5} {
					pair := certtest.Leaf(t, fmt.Sprint(days, " days"), inDays(days))
					ids[fmt.Sprint(days)] = w.Sim.AddCertificate(kind, acctest.Zone, pair.Certificate, pair.PrivateKey)
				}
				w.Sim.SetCertificateStatus(kind, acctest.Zone, ids["100"], "deployment_timed_out")
				w.Sim.SetCertificateStatus(kind, acctest.Zone, ids["5"], "pending_deletion")
				for i := range 3 { // an older list shows a certificate once for each of its associations
					w.Sim.AddAssociation(acctest.Zone, fmt.Sprintf("h%d.example.com", i), ids["20"], true)
				}
				rpc := w.RPC()
				before := func(days int) string { return time.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339) }
				for _, c := range []struct {
					filter acctest.Attributes
					want   []string
				}{
					{in(acctest.Zone), []string{"20", "100", "300"}},
					{in(acctest.Zone, "status", "active"), []string{"20", "300"}},
					{in(acctest.Zone, "status", "pending_deletion"), []string{"5"}},
					{in(acctest.Zone, "status", "brand_new"), nil},
					{in(acctest.Zone, "expires_before", before(200)), []string{"20", "100"}},
					{in(acctest.Zone, "expires_before", before(200), "status", "active"), []string{"20"}},
					{in(acctest.Zone, "expires_before", before(1)), nil},
					{in("9a7806061c88ada191ed06f989cc3dac"), nil},
				} {
					got, diags := rpc.Data("origintls_"+name+"_certificates", c.filter)
					rpc.NoError(diags)
					var days []string
					for _, cert := range got.Objects(t, "certificates") {
						for day, id := range ids {
							if id == cert.String("id") {
								days = append(days, day)
							}
						}
					}
					if !slices.Equal(days, c.want) {
						t.Errorf("with %v: certificates of %v days, want %v", c.filter, days, c.want)
					}
				}
			})
		}
	}
}

func TestHostnameAssociations(t *testing.T) {
	w := acctest.New(t)
	soon, late := certtest.Leaf(t, "soon", inDays(10)), certtest.Leaf(t, "late", inDays(300))
	soonID := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, soon.Certificate, soon.PrivateKey)
	lateID := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, late.Certificate, late.PrivateKey)
	w.Sim.AddAssociation(acctest.Zone, "C.example.com", soonID, true)
	w.Sim.AddAssociation(acctest.Zone, "b.example.com", lateID, false)
	w.Sim.AddAssociation(acctest.Zone, "a.example.com", lateID, true)
	w.Sim.SetAssociation(acctest.Zone, "void.example.com", lateID, nil)
	rpc := w.RPC()
	for _, c := range []struct {
		filter acctest.Attributes
		want   string
	}{
		{in(acctest.Zone), "a.example.com b.example.com c.example.com"},
		{in(acctest.Zone, "certificate_id", lateID), "a.example.com b.example.com"},
		{in(acctest.Zone, "status", "active"), "a.example.com b.example.com c.example.com"},
		{in(acctest.Zone, "status", "pending_deployment"), ""},
		{in(acctest.Zone, "expires_before", time.Now().AddDate(0, 0, 30).UTC().Format(time.RFC3339)), "c.example.com"},
	} {
		got, diags := rpc.Data("origintls_hostname_associations", c.filter)
		rpc.NoError(diags)
		var names []string
		for _, row := range got.Objects(t, "associations") {
			names = append(names, row.String("hostname"))
			if row.String("id") != acctest.Zone+"/"+row.String("hostname") || row.String("certificate_expires_on") == "" || row.String("certificate_status") != "active" {
				t.Errorf("attributes are missing: %v", row)
			}
			if row.Bool("enabled") != (row.String("hostname") != "b.example.com") {
				t.Errorf("%s: enabled %v", row.String("hostname"), row.Bool("enabled"))
			}
		}
		if strings.Join(names, " ") != c.want {
			t.Errorf("with %v: %v, want %s", c.filter, names, c.want)
		}
	}
	for _, listed := range []int{0, 404} {
		w.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = listed })
		got, diags := w.RPC().Data("origintls_hostname_association", in(acctest.Zone, "hostname", "C.Example.com"))
		rpc.NoError(diags)
		if got.String("certificate_id") != soonID || got.String("id") != acctest.Zone+"/c.example.com" || got.String("certificate_status") != "active" ||
			got.String("certificate_expires_on") != soon.Leaf.NotAfter.UTC().Format(time.RFC3339) || !got.Bool("enabled") {
			t.Errorf("list %d: %v", listed, got)
		}
	}
}

// The API serves lists in pages, and the data sources read all of them.
func TestManyAssociations(t *testing.T) {
	w := acctest.New(t)
	pair := certtest.Leaf(t, "one")
	id := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
	const many = 2345
	for i := range many {
		w.Sim.AddAssociation(acctest.Zone, fmt.Sprintf("h%04d.example.com", i), id, true)
	}
	rpc := w.RPC()
	got, diags := rpc.Data("origintls_hostname_associations", in(acctest.Zone))
	rpc.NoError(diags)
	if n := len(got.Objects(t, "associations")); n != many {
		t.Errorf("the data source has %d associations, want %d", n, many)
	}
	if n := len(rpc.List("origintls_hostname_association", acctest.Zone, true, 10000)); n != many {
		t.Errorf("the list resource shows %d associations, want %d", n, many)
	}
}

func TestZoneSetting(t *testing.T) {
	w := acctest.New(t)
	rpc := w.RPC()
	for _, on := range []bool{false, true} {
		w.Sim.SetSetting(acctest.Zone, on)
		got, diags := rpc.Data("origintls_zone_setting", in(acctest.Zone))
		rpc.NoError(diags)
		if got.Bool("enabled") != on || got.String("id") != acctest.Zone {
			t.Errorf("on %v: %v", on, got)
		}
	}
}

func TestWhatIsNotThereIsAnErrorThatSaysSo(t *testing.T) {
	w := acctest.New(t)
	pair, gone := certtest.Leaf(t, "one"), certtest.Leaf(t, "gone")
	id := w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
	goneID := w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, gone.Certificate, gone.PrivateKey)
	w.Sim.SetCertificateStatus(simulator.ZoneCertificate, acctest.Zone, goneID, "pending_deletion")
	w.Sim.SetAssociation(acctest.Zone, "void.example.com", id, nil)
	const none = "023e105f-0000-4000-8000-000000000000"
	for _, c := range []struct {
		name   string
		config acctest.Attributes
		says   []string
	}{
		{"zone_certificate", in(acctest.Zone, "id", none), []string{"Certificate not found", "has no zone certificate with the id " + none}},
		{"hostname_certificate", in(acctest.Zone, "id", id), []string{"Certificate not found", "the id of a certificate of one kind is not found among those of the other kind"}},
		{"zone_certificate", in(acctest.Zone, "id", goneID), []string{"Certificate not found", `its status is "pending_deletion"`}},
		{"zone_certificate", in(acctest.Zone, "fingerprint_sha256", fingerprintOf(gone)), []string{"Certificate not found", fingerprintOf(gone)}},
		{"zone_certificate", in(acctest.Zone), []string{"Attribute Combination"}},
		{"zone_certificate", in(acctest.Zone, "id", id, "fingerprint_sha256", fingerprintOf(pair)), []string{"Attribute Combination"}},
		{"zone_certificate", in(acctest.Zone, "fingerprint_sha256", "12:34"), []string{"must be a SHA-256 fingerprint"}},
		{"zone_certificates", in("nope"), []string{"must be a zone id"}},
		{"zone_certificates", in(acctest.Zone, "expires_before", "tomorrow"), []string{"Invalid time", `"tomorrow" is not a time in RFC 3339`}},
		{"hostname_association", in(acctest.Zone, "hostname", "none.example.com"), []string{"Hostname association not found", "none.example.com has no association"}},
		{"hostname_association", in(acctest.Zone, "hostname", "void.example.com"), []string{"Hostname association not found"}},
		{"effective_certificate", in(acctest.Zone, "hostname", "localhost"), []string{"Invalid hostname"}},
	} {
		says(t, c.name, w.RPC(), c.config, c.says)
	}
	w.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = 405 })
	says(t, "hostname_associations", w.RPC(), in(acctest.Zone), []string{"Unable to read hostname associations", "which Cloudflare does not seem to offer to this account"})
	w.Sim.Behave(func(b *simulator.Behaviour) {
		b.Tokens = map[string]simulator.Permission{acctest.Token: simulator.PermissionNone}
	})
	for name, config := range map[string]acctest.Attributes{
		"zone_certificate": in(acctest.Zone, "id", id), "hostname_certificates": in(acctest.Zone), "hostname_associations": in(acctest.Zone),
		"hostname_association": in(acctest.Zone, "hostname", "a.example.com"), "zone_setting": in(acctest.Zone),
		"effective_certificate": in(acctest.Zone, "hostname", "a.example.com"),
	} {
		says(t, name, w.RPC(), config, []string{"Unable to read", "10000 Authentication error", "SSL and Certificates Read"})
	}
}

func says(t *testing.T, name string, rpc *acctest.RPC, config acctest.Attributes, want []string) {
	t.Helper()
	_, diags := rpc.Data("origintls_"+name, config)
	var text strings.Builder
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			text.WriteString(d.Summary + "\n" + d.Detail + "\n")
		}
	}
	if !acctest.Says(slices.Clone(want)...).MatchString(text.String()) {
		t.Errorf("%s with %v says %q, want %q", name, config, text.String(), want)
	}
}
