package examples

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// spread is the scenario per-hostname-at-once: 150 hostnames on two certificates, in a zone whose quota allows one more
// certificate.
type spread struct {
	*stage
	w         *acctest.World
	hostnames []string
	now       map[string]certtest.Pair // the certificates, by number
}

func newSpread(t *testing.T) *spread {
	t.Helper()
	w := acctest.New(t, func(b *simulator.Behaviour) { b.HostnameCertificateQuota = 3 })
	cli := w.CLI(t)
	main := acctest.ReadFile(t, filepath.Join(root, "examples", "scenarios", "per-hostname-at-once", "main.tf"))
	s := &spread{newStage(t, cli, example{config: map[string]string{"main.tf": main}}), w, nil, map[string]certtest.Pair{}}
	s.hostnames = s.stage.hostnames()
	s.renew("first")
	return s
}

// put writes the certificate with this number.
func (s *spread) put(number string, pair certtest.Pair) {
	s.cli.Write("certificates/"+number+".pem", pair.Certificate)
	s.now[number] = pair
}

// renew replaces all certificates.
func (s *spread) renew(generation string) {
	for _, number := range s.keys() {
		s.put(number, certtest.Leaf(s.t, number+" "+generation))
	}
}

// apply applies. It returns how many rows were written, by whether they are void or served.
func (s *spread) apply(code int) (written map[string]int, output string) {
	s.t.Helper()
	s.w.Sim.ClearRequests()
	keys := map[string]string{}
	for number, pair := range s.now {
		if pair.PrivateKey != "" {
			keys[number] = pair.PrivateKey
		}
	}
	s.cli.Env = append(s.cli.Env, "TF_VAR_zone_id="+acctest.Zone, "TF_VAR_hostnames="+s.json(s.hostnames), "TF_VAR_private_keys="+s.json(keys))
	output = s.cli.Must(code, "apply", "-auto-approve", "-no-color")
	written = map[string]int{}
	for _, put := range acctest.Puts(s.t, s.w.Sim.Requests()) {
		for _, row := range put.Rows {
			if row.Enabled == nil {
				written["void"]++
			} else {
				written["serve"]++
			}
		}
	}
	return written, output
}

// wrote fails the test unless an apply writes these numbers of rows.
func (s *spread) wrote(what string, serve, void int) {
	s.t.Helper()
	written, _ := s.apply(0)
	if written["serve"] != serve || written["void"] != void {
		s.t.Errorf("%s: wrote %v, want %d to serve and %d void", what, written, serve, void)
	}
	s.cli.EmptyPlan()
}

// This checks what the guide says about the order of the hostnames. A change at the end of the list moves no other
// hostname, and a change before it moves one hostname for each certificate that follows.
func TestAccSpread_MovesAsFewHostnamesAsCanBe(t *testing.T) {
	s := newSpread(t)
	t.Parallel()
	s.wrote("150 hostnames", 150, 0)
	s.hostnames = append(s.hostnames, "last.example.com")
	s.wrote("one at the end", 1, 0)
	s.hostnames = s.hostnames[1:]
	s.wrote("one less at the front", 1, 1)
}

// This checks what the guide says about a rotation of more certificates than the quota allows, and about the way out.
func TestAccSpread_RotationBeyondTheQuota(t *testing.T) {
	s := newSpread(t)
	t.Parallel()
	s.wrote("150 hostnames", 150, 0)
	former := maps.Clone(s.now)
	s.renew("second")
	next := maps.Clone(s.now)
	refused := ""
	for range 2 { // the second apply does not help
		written, output := s.apply(1)
		if n := strings.Count(output, "Unable to create hostname certificate"); n != 1 || len(written) > 0 {
			t.Fatalf("%d certificates were rejected, want 1, and %v rows written:\n%s", n, written, output)
		}
		for number := range next {
			if strings.Contains(output, fmt.Sprintf("with origintls_hostname_certificate.edge[%q]", number)) {
				refused = number
			}
		}
	}
	served := map[string]int{"0": 90, "1": 60}
	s.put(refused, certtest.Pair{Certificate: former[refused].Certificate}) // its key is not needed
	s.wrote("the refused one put back", 150-served[refused], 0)
	s.put(refused, next[refused])
	s.wrote("the refused one alone", served[refused], 0)
	onlyActive(t, s.w, "second", true)
}
