package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// pool holds the certificates that scripts use, by resource and generation.
type pool map[string]certtest.Pair

func newPool(t testing.TB) pool {
	t.Helper()
	p := pool{}
	for i := range slots {
		for g := range generations {
			for _, kind := range []string{"zone", "hostname"} {
				name := fmt.Sprintf("%s %d %d", kind, i, g)
				p[name] = certtest.Leaf(t, name)
			}
		}
		name := fmt.Sprintf("stranger %d", i)
		p[name] = certtest.Leaf(t, name)
	}
	return p
}

// player plays a script. It acts as the user and as everybody else who changes the zone.
type player struct {
	world  *world
	tf     *terraform
	pool   pool
	cfg    config
	names  map[string]string // the present addresses of renamed resources, by their first address
	others outsiders
	tally  tally

	forgotten []string        // uploads that succeeded and that no state knows
	history   strings.Builder // everything that happened, printed on a failure
}

// tally is the summary that a soak prints.
type tally struct{ sequences, applies, requests, faults, interrupts, told, orphans, disagreements int }

func (t *tally) add(o tally) {
	t.sequences += o.sequences
	t.applies += o.applies
	t.requests += o.requests
	t.faults += o.faults
	t.interrupts += o.interrupts
	t.told += o.told
	t.orphans += o.orphans
	t.disagreements += o.disagreements
}

func (t *tally) String() string {
	return fmt.Sprintf("%d sequences, %d applies, %d requests, %d faults injected, %d interruptions, %d times done as an error advised; %d orphans, %d disagreements",
		t.sequences, t.applies, t.requests, t.faults, t.interrupts, t.told, t.orphans, t.disagreements)
}

func (p *player) log(format string, args ...any) {
	fmt.Fprintf(&p.history, format+"\n", args...)
}

func certificateAddress(kind string, slot int) string {
	return fmt.Sprintf("origintls_%s_certificate.c%d", kind, slot%slots)
}

func associationAddress(host int) string {
	return fmt.Sprintf("origintls_hostname_association.a%d", host%hosts)
}

func bulkHostname(host int) string { return fmt.Sprintf("b%d.example.com", host%hosts) }

// editBulk changes the rows of the bulk resource. The resource is in the configuration as long as it has rows.
func (p *player) editBulk(change func(rows arguments)) {
	rows := arguments{}
	if now := p.cfg[bulkAddress]; now != nil {
		rows = maps.Clone(now["associations"].(arguments))
	}
	change(rows)
	delete(p.cfg, bulkAddress)
	if len(rows) > 0 {
		p.cfg[bulkAddress] = arguments{"zone_id": zone, "associations": rows, "timeouts": limits}
	}
}

const settingAddress = "origintls_zone_setting.this"

// edit changes the configuration and keeps it valid: with a certificate it removes everything that refers to it.
func (p *player) edit(e edit) {
	kind := strings.TrimPrefix(e.what, "drop ")
	switch e.what {
	case "zone", "hostname":
		pair := p.pool[fmt.Sprintf("%s %d %d", kind, e.one%slots, e.degree)]
		p.cfg[certificateAddress(kind, e.one)] = certificateArguments(pair)
	case "generate zone", "generate hostname":
		kind = strings.TrimPrefix(e.what, "generate ")
		p.cfg[certificateAddress(kind, e.one)] = generatedArguments(fmt.Sprintf("%s %d", kind, e.one%slots), arguments{"validity_days": 90 + e.degree})
	case "drop zone", "drop hostname":
		address := certificateAddress(kind, e.one)
		delete(p.cfg, address)
		maps.DeleteFunc(p.cfg, func(_ string, args arguments) bool { return args["certificate_id"] == reference(address) })
		p.editBulk(func(rows arguments) {
			maps.DeleteFunc(rows, func(_ string, row any) bool { return row.(arguments)["certificate_id"] == reference(address) })
		})
	case "associate":
		if target := certificateAddress("hostname", e.another); p.cfg[target] != nil {
			p.cfg[associationAddress(e.one)] = arguments{
				"zone_id": zone, "hostname": fmt.Sprintf("h%d.example.com", e.one%hosts), "certificate_id": reference(target),
				"enabled": e.on || e.degree > 0, "timeouts": limits,
			}
		}
	case "dissociate":
		delete(p.cfg, associationAddress(e.one))
	case "bulk":
		if target := certificateAddress("hostname", e.another); p.cfg[target] != nil {
			p.editBulk(func(rows arguments) {
				rows[bulkHostname(e.one)] = arguments{"certificate_id": reference(target), "enabled": e.on || e.degree > 0}
			})
		}
	case "drop bulk":
		p.editBulk(func(rows arguments) { delete(rows, bulkHostname(e.one)) })
	case "rename":
		if addresses := p.instances(); len(addresses) > 0 {
			p.rename(addresses[(e.one*slots+e.degree)%len(addresses)])
		}
	case "replace":
		if addresses := p.instances(); len(addresses) > 0 {
			address := addresses[(e.one*slots+e.degree)%len(addresses)]
			p.tf.replace = map[string]bool{p.named(address): true}
		}
	case "setting":
		p.cfg[settingAddress] = arguments{"zone_id": zone, "enabled": e.on, "timeouts": limits}
	case "drop setting":
		delete(p.cfg, settingAddress)
	}
}

// instances returns the configured addresses that have a single object.
func (p *player) instances() []string {
	return slices.DeleteFunc(sorted(p.cfg), func(address string) bool { return address == bulkAddress })
}

// rename gives a resource another name in the configuration without a moved block, or gives it its first name back.
func (p *player) rename(address string) {
	if _, renamed := p.names[address]; renamed {
		delete(p.names, address)
	} else {
		p.names[address] = address + "_renamed"
	}
}

// named returns the present name of an address.
func (p *player) named(address string) string {
	if name, renamed := p.names[address]; renamed {
		return name
	}
	return address
}

// configured returns the configuration to apply, with the present names.
func (p *player) configured() config {
	cfg := config{}
	for address, args := range p.cfg {
		cfg[p.named(address)] = p.withNames(args)
	}
	return cfg
}

func (p *player) withNames(args arguments) arguments {
	out := arguments{}
	for name, v := range args {
		switch v := v.(type) {
		case reference:
			out[name] = reference(p.named(string(v)))
		case arguments:
			out[name] = p.withNames(v)
		default:
			out[name] = v
		}
	}
	return out
}

// victims are the objects that somebody else may change: our active certificates and our associations. They may also use
// our certificates, but a destroy then rightly fails, so no script does that. The API does not delete a certificate that
// is in use. unused are the certificates that it does delete, and that may come back.
type victims struct {
	zone, hostname, unused []string
	associations           []simulator.AssociationState
}

func (p *player) victims() victims {
	z, v, managed := p.world.State(), victims{}, map[string]bool{}
	for _, in := range p.tf.state {
		if in.current != nil {
			managed[in.current.text("hostname")] = true
			for hostname := range in.current.rows() {
				managed[hostname] = true
			}
		}
	}
	used := map[string]bool{}
	for _, a := range z.Associations {
		used[a.CertificateID] = true
		if managed[a.Hostname] {
			v.associations = append(v.associations, a)
		}
	}
	ours := func(c simulator.CertificateState) bool { return c.Status == "active" && !p.others.certificates[c.ID] }
	for _, c := range z.ZoneCertificates {
		if ours(c) {
			v.zone = append(v.zone, c.ID)
		}
	}
	for _, c := range z.HostnameCertificates {
		if ours(c) {
			v.hostname = append(v.hostname, c.ID)
		}
		if ours(c) && !used[c.ID] {
			v.unused = append(v.unused, c.ID)
		}
	}
	return v
}

// happen carries out what somebody else does. It records the objects that this creates as somebody else's.
func (p *player) happen(i incident) {
	sim, v := p.world.Sim, p.victims()
	switch {
	case i.what == "setting":
		sim.SetSetting(zone, i.on)
	case i.what == "stranger":
		pair := p.pool[fmt.Sprintf("stranger %d", i.one%slots)]
		hostname := fmt.Sprintf("stranger%d.example.com", i.one%slots)
		if !p.others.hostnames[hostname] {
			id := sim.AddCertificate(simulator.HostnameCertificate, zone, pair.Certificate, pair.PrivateKey)
			sim.AddAssociation(zone, hostname, id, i.on)
			p.others.certificates[id], p.others.hostnames[hostname] = true, true
		}
	case i.what == "delete zone" && len(v.zone) > 0:
		sim.RemoveCertificate(simulator.ZoneCertificate, zone, v.zone[i.one%len(v.zone)])
	case i.what == "delete hostname" && len(v.hostname) > 0:
		sim.RemoveCertificate(simulator.HostnameCertificate, zone, v.hostname[i.one%len(v.hostname)])
	case i.what == "tombstone hostname" && len(v.unused) > 0:
		sim.SetCertificateStatus(simulator.HostnameCertificate, zone, v.unused[i.one%len(v.unused)], "deleted")
	case len(v.associations) == 0 || len(v.hostname) == 0:
	case i.what == "void", i.what == "disable", i.what == "re-pin":
		a := v.associations[i.one%len(v.associations)]
		on, off := true, false
		switch i.what {
		case "void":
			sim.SetAssociation(zone, a.Hostname, "", nil)
		case "disable":
			sim.SetAssociation(zone, a.Hostname, "", &off)
		default:
			sim.SetAssociation(zone, a.Hostname, v.hostname[i.another%len(v.hostname)], &on)
		}
	}
}
