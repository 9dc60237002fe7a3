package rotation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The names of the certificates in the configuration.
var (
	zoneCertificates     = []string{"edge"}
	hostnameCertificates = []string{"api", "app"}
	allCertificates      = slices.Concat(zoneCertificates, hostnameCertificates)
)

// certificateOf is the name of the certificate that the edge has to present for each hostname.
var certificateOf = map[string]string{
	"www.example.com": "edge", "shop.example.com": "edge", "static.example.com": "edge",
	"api.example.com": "api", "v2.api.example.com": "api", "app.example.com": "app",
}

// keys says how the configuration gets its private keys.
type keys int

const (
	keysInFiles   keys = iota // private_key, which is stored in the state
	keysEphemeral             // private_key_wo, from ephemeral variables
)

// lifecycles are the lifecycle blocks of certificates and of associations. %s in the block of an association stands for the name
// of its certificate, and ORIGIN in that of a certificate stands for the address of the origin.
type lifecycles struct{ certificate, association string }

// scene is a zone that has been applied and is active, and an origin with traffic.
type scene struct {
	t       *testing.T
	w       *acctest.World
	cli     *acctest.CLI
	keys    keys
	ca      certtest.Pair // signed the first generation
	certs   map[string]certtest.Pair
	origin  origin
	traffic *traffic
}

// newScene applies the first generation of certificates and starts the traffic.
func newScene(t *testing.T, k keys, l lifecycles) *scene {
	t.Helper()
	w := acctest.New(t, acctest.Takes(300*time.Millisecond))
	s := &scene{t: t, w: w, cli: w.CLI(t), keys: k, ca: certtest.CA(t, "first authority"), certs: map[string]certtest.Pair{}}
	identity := newIdentity(t)
	s.origin = newOrigin(t, identity)
	s.origin.Trust(t, s.ca)
	s.cli.Write("main.tf", s.configuration(l))
	s.issue("first", s.ca, allCertificates...)
	s.cli.Apply()

	s.traffic = startTraffic(t, w.Sim, s.origin.Address(), identity.Roots, s.subjects())
	s.traffic.throughAll()
	return s
}

func (s *scene) configuration(l lifecycles) string {
	hcl := acctest.Setting(true)
	for _, name := range allCertificates {
		kind, key := "hostname", fmt.Sprintf("private_key = file(\"%s.key\")", name)
		if slices.Contains(zoneCertificates, name) {
			kind = "zone"
		}
		if s.keys == keysEphemeral {
			key = fmt.Sprintf("private_key_wo = var.%s_key", name)
			hcl += fmt.Sprintf("variable \"%s_key\" {\n  type = string\n  ephemeral = true\n}\n", name)
		}
		hcl += fmt.Sprintf("resource \"origintls_%s_certificate\" %q {\n  zone_id = %q\n  certificate = file(\"%s.crt\")\n  %s\n%s\n}\n",
			kind, name, acctest.Zone, name, key, strings.ReplaceAll(l.certificate, "ORIGIN", s.origin.Address()))
	}
	for hostname, name := range certificateOf {
		if slices.Contains(hostnameCertificates, name) {
			lifecycle := strings.ReplaceAll(l.association, "%s", name)
			hcl += acctest.Association(strings.ReplaceAll(hostname, ".", "_"), hostname, name, lifecycle)
		}
	}
	return hcl
}

// issue writes new certificates to the places that the configuration reads. The configuration itself does not change.
func (s *scene) issue(generation string, ca certtest.Pair, names ...string) {
	s.t.Helper()
	for _, name := range names {
		pair := ca.Issue(s.t, generation+" "+name)
		s.certs[name] = pair
		s.cli.Write(name+".crt", pair.Certificate)
		if s.keys == keysEphemeral {
			s.cli.Env = append(s.cli.Env, "TF_VAR_"+name+"_key="+pair.PrivateKey)
		} else {
			s.cli.Write(name+".key", pair.PrivateKey)
		}
	}
}

// subjects returns what the origin has to see after the configuration has been applied.
func (s *scene) subjects() subjects {
	want := subjects{}
	for hostname, name := range certificateOf {
		want[hostname] = s.certs[name].Leaf.Subject.String()
	}
	return want
}

// rotate renews the named certificates. It returns the phase of the traffic during which the apply ran. Afterwards, every
// hostname is pulled, and the edge must present the new certificates.
func (s *scene) rotate(ca certtest.Pair, names ...string) *phase {
	s.t.Helper()
	old := s.subjects()
	s.issue("second", ca, names...)
	return s.exchange(old)
}

// exchange applies the certificates that have been issued in place of the old ones.
func (s *scene) exchange(old subjects) *phase {
	s.t.Helper()
	during := s.traffic.apply(s.cli, old, s.subjects())
	s.onlyConfigured()
	return during
}

// apply applies. It returns the phase of the traffic during which the apply ran.
func (tr *traffic) apply(cli *acctest.CLI, old, now subjects) *phase {
	tr.t.Helper()
	// Deletions do not finish before minPulls pulls, and the apply waits for them. So it lasts long enough on any machine.
	tr.sim.Behave(func(b *simulator.Behaviour) { b.StickDeletions = true })
	during := tr.enter(phase{
		name: "the apply ran", want: []subjects{old, now},
		enough: func() { tr.sim.Behave(func(b *simulator.Behaviour) { b.StickDeletions = false }) },
	})
	cli.Apply()
	tr.enter(phase{name: "the new certificates were in place", want: []subjects{now}})
	tr.throughAll()
	if n := total(during.pulls); n < minPulls {
		tr.t.Errorf("the apply ended after %d pulls, want %d: did it wait for the deletion?", n, minPulls)
	}
	return during
}

// refused renews the named certificates with an apply that must fail, and checks that the apply has changed nothing. It returns
// what the edge continues to present, and the output of the apply.
func (s *scene) refused(ca certtest.Pair, names ...string) (old subjects, output string) {
	s.t.Helper()
	old = s.subjects()
	s.issue("second", ca, names...)
	s.w.Sim.ClearRequests()
	s.traffic.enter(phase{name: "the apply was refused", want: []subjects{old}})
	output = s.cli.Must(1, "apply", "-auto-approve", "-no-color")
	s.traffic.throughAll()
	s.w.WantNoWrites()
	return old, output
}

// onlyConfigured checks that the former certificates are deleted.
func (s *scene) onlyConfigured() {
	s.t.Helper()
	s.w.WantEverythingActive()
	for _, c := range s.w.Certificates() {
		configured := false
		for _, pair := range s.certs {
			configured = configured || c.Subject == pair.Leaf.Subject.String()
		}
		if configured == (c.Status == "deleted") {
			s.t.Errorf("%s is %s after the rotation", c.Subject, c.Status)
		}
	}
}

// trust makes the origin trust only these authorities while the traffic continues.
func (s *scene) trust(name string, cas ...certtest.Pair) {
	s.t.Helper()
	s.traffic.enter(phase{name: name, want: []subjects{s.subjects()}})
	s.origin.Trust(s.t, cas...)
	s.traffic.throughAll()
}
