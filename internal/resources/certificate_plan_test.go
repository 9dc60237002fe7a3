package resources_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// If only the intermediates change, the plan keeps the certificate and says what it does not upload. It names five intermediates at most.
func TestPlans_ChangedIntermediates(t *testing.T) {
	const summary = "Changed intermediates are not uploaded"
	named := func(from, n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf(`"CN=ca%d,O=origintls tests"`, from+i))
		}
		return "followed by " + strings.Join(names, ", ")
	}
	for name, c := range map[string]struct {
		stored, configured [2]int // the first intermediate, and their number
		says               string // "": nothing
	}{
		"none":                    {[2]int{}, [2]int{}, ""},
		"the same":                {[2]int{1, 2}, [2]int{1, 2}, ""},
		"one is added":            {[2]int{}, [2]int{1, 1}, "the leaf, without intermediates.\nConfigured: the leaf, " + named(1, 1) + ".\n"},
		"one is removed":          {[2]int{1, 2}, [2]int{1, 1}, "the leaf, " + named(1, 2) + ".\nConfigured: the leaf, " + named(1, 1) + ".\n"},
		"one becomes another":     {[2]int{1, 1}, [2]int{2, 1}, "the leaf, " + named(1, 1) + ".\nConfigured: the leaf, " + named(2, 1) + ".\n"},
		"all are removed":         {[2]int{1, 1}, [2]int{}, "the leaf, " + named(1, 1) + ".\nConfigured: the leaf, without intermediates.\n"},
		"more than can be named":  {[2]int{1, 5}, [2]int{1, 6}, "the leaf, " + named(1, 5) + ".\nConfigured: the leaf, " + named(1, 5) + " and 1 more.\n"},
		"far more, and then none": {[2]int{1, 8}, [2]int{}, "the leaf, " + named(1, 5) + " and 3 more.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				leaf, authorities := certtest.Leaf(s.t, "leaf"), map[int]string{}
				bundle := func(which [2]int) acctest.Attributes {
					text := leaf.Certificate
					for i := which[0]; i < which[0]+which[1]; i++ {
						if authorities[i] == "" {
							authorities[i] = certtest.CA(s.t, fmt.Sprint("ca", i)).Certificate
						}
						text += authorities[i]
					}
					return acctest.Attributes{"certificate": acctest.Text(text), "private_key": acctest.Text(leaf.PrivateKey)}
				}
				state, diags := s.rpc.Apply(zoneCertName, s.object(zoneCertName, bundle(c.stored), nil), s.rpc.Null(zoneCertName))
				s.rpc.NoError(diags)
				p := s.plan(orders["in order"], instance{typ: zoneCertName, state: state, config: s.object(zoneCertName, bundle(c.configured), nil)})[0]
				if p.replaced || slices.Equal(p.says, []string{summary}) != (c.says != "") || !strings.Contains(p.details, c.says) {
					t.Errorf("replaced %t, says %q: %s", p.replaced, p.says, p.details)
				}
			})
		})
	}
}

// A state that was moved from the official provider may lack the certificate. Without a refresh, the plan assumes that it is the configured one,
// because a replacement could be an outage.
func TestPlans_ACertificateThatTheStateLacks(t *testing.T) {
	nothing := tftypes.NewValue(tftypes.String, nil)
	for name, argument := range map[string]string{"in the state": "certificate", "write-only": "certificate_wo"} {
		for _, typ := range []string{zoneCertName, hostCertName} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					state, diags := s.rpc.Apply(typ, s.object(typ, s.pair(), nil), s.rpc.Null(typ))
					s.rpc.NoError(diags)
					for _, attribute := range []string{"certificate", "fingerprint_sha256"} {
						state = s.changed(typ, state, attribute, nothing)
					}
					bundle, err := certpem.ParseBundle(s.leaf.Certificate)
					acctest.NoError(s.t, err)
					text := s.leaf.Certificate + "\n" // the same certificate, but not the same text
					want := text
					if argument == "certificate_wo" {
						want = bundle.PEM() // the state gets no text of a write-only argument
					}
					config := s.object(typ, acctest.Attributes{argument: acctest.Text(text)}, nil)
					p := s.plan(orders["in order"], instance{typ: typ, state: state, config: config, blind: true})[0]
					planned := s.rpc.Read(p.result.PlannedState, s.rpc.ResourceType(typ))
					if p.replaced || len(p.says) > 0 || planned.String("certificate") != want || planned.String("fingerprint_sha256") != bundle.Fingerprint() || planned.String("status") != "active" {
						t.Errorf("replaced %t, says %q, plans %v", p.replaced, p.says, planned)
					}
				})
			})
		}
	}
}

// A certificate whose deployment failed stays as it is, and the plan says so, unless it replaces the certificate.
func TestPlans_OfACertificateThatIsNotAtTheEdge(t *testing.T) {
	const summary = "Certificate is not at the edge"
	elsewhere := strings.Repeat("0", 32)
	for _, typ := range []string{zoneCertName, hostCertName} {
		for name, c := range map[string]struct {
			leaf, zone string
			says       []string
		}{
			"kept": {"a", acctest.Zone, []string{summary}}, "another leaf": {"b", acctest.Zone, nil}, "another zone": {"a", elsewhere, nil},
		} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					p := &certificatePlans{s, typ, map[string]certtest.Pair{}}
					state := p.uploaded("a")
					s.w.Sim.SetCertificateStatus(kindOf(typ), acctest.Zone, s.w.Live()[0].ID, "deployment_timed_out")
					config := s.changed(typ, p.config(c.leaf), "zone_id", acctest.Text(c.zone))
					if got := p.plan(orders["in order"], instance{typ: typ, state: state, config: config})[0]; !slices.Equal(got.says, c.says) || got.replaced != (c.says == nil) {
						t.Errorf("says %q, replaced %t; want %q", got.says, got.replaced, c.says)
					}
				})
			})
		}
	}
}
