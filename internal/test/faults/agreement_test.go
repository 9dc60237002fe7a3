package faults

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// outsiders is what somebody else has created at Cloudflare. The provider must not touch it.
type outsiders struct {
	certificates map[string]bool // ids
	hostnames    map[string]bool
}

// found is what is still wrong after the last apply, which should have put everything right.
type found struct {
	orphans       []string // live objects that no state knows and that nobody else has created
	disagreements []string
}

func (f *found) wrong(format string, args ...any) {
	f.disagreements = append(f.disagreements, fmt.Sprintf(format, args...))
}

func (f *found) orphan(format string, args ...any) {
	f.orphans = append(f.orphans, fmt.Sprintf(format, args...))
}

func (f *found) problem() error {
	var all []error
	for _, o := range f.orphans {
		all = append(all, fmt.Errorf("orphan: %s", o))
	}
	for _, d := range f.disagreements {
		all = append(all, fmt.Errorf("disagreement: %s", d))
	}
	return join(all...)
}

// compare compares what the API has with the state and the configuration.
func compare(tf *terraform, cfg config, others outsiders) *found {
	f := &found{}
	z := tf.world.State()
	live := map[string]simulator.CertificateState{}
	for _, c := range tf.world.Live() {
		live[c.ID] = c
	}
	known := map[string]bool{} // ids and hostnames in the state
	for address, in := range tf.state {
		if in.current == nil || in.current.tainted || len(in.deposed) > 0 || cfg[address] == nil {
			f.wrong("the state of %s is unfinished: %+v", address, in)
			continue
		}
		known[in.current.text("id")], known[in.current.text("hostname")] = true, true
		for hostname := range in.current.rows() {
			known[hostname] = true
		}
	}
	for address, args := range cfg {
		switch in := tf.state[address]; {
		case in == nil || in.current == nil:
			f.wrong("%s is not in the state", address)
		case isCertificate(address):
			f.certificate(address, args, in.current, live)
		case address == bulkAddress:
			f.bulk(args, in.current, tf, z)
		case isAssociation(address):
			f.association(address, args, in.current, tf, z)
		case z.Enabled != args["enabled"]:
			f.wrong("the zone setting is %v, want %v", z.Enabled, args["enabled"])
		}
	}
	for id, c := range live {
		if !known[id] && !others.certificates[id] {
			f.orphan("certificate %s (%s) is %s", id, c.Subject, c.Status)
		}
	}
	for id := range others.certificates {
		if live[id].Status != "active" {
			f.wrong("somebody else's certificate %s is %q", id, live[id].Status)
		}
	}
	for _, a := range z.Associations {
		// An association whose certificate no longer exists has no effect, and only the API could remove it. So it does not count.
		if live[a.CertificateID].ID != "" && !known[a.Hostname] && !others.hostnames[a.Hostname] {
			f.orphan("association %+v", a)
		}
		delete(others.hostnames, a.Hostname)
	}
	for hostname := range others.hostnames {
		f.wrong("somebody else's association of %s is gone", hostname)
	}
	return f
}

func (f *found) certificate(address string, args arguments, o *object, live map[string]simulator.CertificateState) {
	c := live[o.text("id")]
	want := o.text("fingerprint_sha256") // of a generated certificate
	if pem, given := args["certificate"].(string); given {
		want = certpem.Fingerprint(pem)
	} else if err := isGenerated(args["generate"].(arguments), o); err != nil {
		f.wrong("%s: %v", address, err)
	}
	if c.Status != "active" || c.Fingerprint != want || o.text("status") != "active" || o.text("fingerprint_sha256") != want {
		f.wrong("%s should be %s: the API has %+v, the state says %s, %s", address, want, c, o.text("status"), o.text("fingerprint_sha256"))
	}
}

// bulkAddress is the address of the resource with many hostnames.
const bulkAddress = "origintls_hostname_associations.all"

// rows returns the associations of a bulk resource by hostname, or nothing for other resources.
func (o *object) rows() map[string]*object {
	rows := map[string]*object{}
	if v, ok := members(o.value)["associations"]; ok && v.IsKnown() {
		for hostname, row := range members(v) {
			rows[hostname] = &object{value: row}
		}
	}
	return rows
}

// bulk compares each row of the bulk resource as if it were a single association.
func (f *found) bulk(args arguments, o *object, tf *terraform, z simulator.ZoneState) {
	rows, want := o.rows(), args["associations"].(arguments)
	var pending []tftypes.Value
	if err := members(o.value)["pending"].As(&pending); err != nil || len(pending) > 0 {
		f.wrong("%s has pending rows: %v, %v", bulkAddress, pending, err)
	}
	for hostname, row := range want {
		one := maps.Clone(row.(arguments))
		one["hostname"] = hostname
		if rows[hostname] == nil {
			f.wrong("%s does not hold %s", bulkAddress, hostname)
			continue
		}
		f.association(bulkAddress, one, rows[hostname], tf, z)
	}
	if len(rows) != len(want) {
		f.wrong("%s holds %d rows, want %d", bulkAddress, len(rows), len(want))
	}
}

func (f *found) association(address string, args arguments, o *object, tf *terraform, z simulator.ZoneState) {
	in := tf.state[string(args["certificate_id"].(reference))]
	if in == nil || in.current == nil {
		return // reported already
	}
	id, enabled := in.current.text("id"), args["enabled"] != false
	i := slices.IndexFunc(z.Associations, func(a simulator.AssociationState) bool { return a.Hostname == args["hostname"] })
	if i < 0 {
		f.wrong("%s: %s is not at the API", address, args["hostname"])
		return
	}
	a, status := z.Associations[i], o.text("status")
	if address == bulkAddress {
		status = "active" // rows of the bulk resource have no status: those that are not active are listed as pending
	}
	if a.CertificateID != id || a.Enabled == nil || *a.Enabled != enabled || a.Status != "active" || o.text("certificate_id") != id || status != "active" {
		f.wrong("%s should point at %s, enabled %v: the API has %+v, the state %s", address, id, enabled, a, o.value)
	}
}

// certificateArguments are the arguments of a certificate resource.
func certificateArguments(p certtest.Pair) arguments {
	return arguments{"zone_id": zone, "certificate": p.Certificate, "private_key": p.PrivateKey, "timeouts": limits}
}

// generatedArguments are the arguments of a certificate resource that generates its certificate.
func generatedArguments(commonName string, more arguments) arguments {
	generate := arguments{"common_name": commonName}
	maps.Copy(generate, more)
	return arguments{"zone_id": zone, "generate": generate, "timeouts": limits}
}

// isGenerated fails unless the certificate in the state is what the generate argument asks for.
func isGenerated(generate arguments, o *object) error {
	bundle, err := certpem.ParseBundle(o.text("certificate"))
	if err != nil {
		return err
	}
	days, given := generate["validity_days"].(int)
	if !given {
		days = 90
	}
	leaf := bundle.Leaf
	if lifetime := leaf.NotAfter.Sub(leaf.NotBefore); leaf.Subject.CommonName != generate["common_name"] || lifetime != time.Duration(24*days+1)*time.Hour {
		return fmt.Errorf("%s is valid for %s, want %v for %d days", leaf.Subject, lifetime, generate["common_name"], days)
	}
	return nil
}

// limits are timeouts that end an operation that hangs before the test's own timeout does.
var limits = arguments{"create": "1m", "read": "1m", "update": "1m", "delete": "1m"}

// withBulk adds a bulk resource with n hostnames, spread over the first certificates of zoneOf.
func (cfg config) withBulk(n, certificates int) config {
	rows := arguments{}
	for i := range n {
		rows[fmt.Sprintf("b%d.example.com", i)] = arguments{
			"certificate_id": reference(fmt.Sprintf("origintls_hostname_certificate.c%d", i%certificates)), "enabled": i%3 != 2,
		}
	}
	cfg[bulkAddress] = arguments{"zone_id": zone, "associations": rows, "timeouts": limits}
	return cfg
}

// zoneOf is a configuration of zone certificates, hostname certificates, associations that are spread over the hostname
// certificates, and the setting.
func zoneOf(t testing.TB, certificates, associations int) config {
	t.Helper()
	return zoneWith(certificates, associations, func(name string) arguments { return certificateArguments(certtest.Leaf(t, name)) })
}

// generatedZoneOf is zoneOf with generated certificates.
func generatedZoneOf(certificates, associations int) config {
	return zoneWith(certificates, associations, func(name string) arguments { return generatedArguments(name, nil) })
}

func zoneWith(certificates, associations int, certificate func(name string) arguments) config {
	cfg := config{"origintls_zone_setting.this": {"zone_id": zone, "enabled": true}}
	for i := range certificates {
		cfg[fmt.Sprintf("origintls_zone_certificate.c%d", i)] = certificate(fmt.Sprintf("zone %d", i))
		cfg[fmt.Sprintf("origintls_hostname_certificate.c%d", i)] = certificate(fmt.Sprintf("hostname %d", i))
	}
	for i := range associations {
		cfg[fmt.Sprintf("origintls_hostname_association.a%d", i)] = arguments{
			"zone_id": zone, "hostname": fmt.Sprintf("h%d.example.com", i), "timeouts": limits,
			"certificate_id": reference(fmt.Sprintf("origintls_hostname_certificate.c%d", i%certificates)),
		}
	}
	return cfg
}
