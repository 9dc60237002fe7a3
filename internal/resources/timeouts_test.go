package resources_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// stage is a provider and a simulator on one fake clock.
type stage struct {
	t    *testing.T
	w    *acctest.World
	rpc  *acctest.RPC
	leaf certtest.Pair
}

// onAFakeClock runs a test on a fake clock, where hours take no time.
func onAFakeClock(t *testing.T, test func(s *stage), change ...func(*simulator.Behaviour)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := acctest.InMemory(t, change...)
		test(&stage{t: t, w: w, rpc: w.RPC()})
	})
}

// object returns the configuration of a resource with these timeouts, by operation.
func (s *stage) object(name string, attributes acctest.Attributes, timeouts map[string]string) *tfprotov6.DynamicValue {
	s.t.Helper()
	all := maps.Clone(attributes)
	all["zone_id"] = acctest.Text(acctest.Zone)
	if timeouts != nil {
		typ := s.rpc.ResourceType(name).(tftypes.Object).AttributeTypes["timeouts"].(tftypes.Object)
		limits := map[string]tftypes.Value{}
		for operation := range typ.AttributeTypes {
			limits[operation] = tftypes.NewValue(tftypes.String, nil)
			if limit, given := timeouts[operation]; given {
				limits[operation] = acctest.Text(limit)
			}
		}
		all["timeouts"] = tftypes.NewValue(typ, limits)
	}
	return s.rpc.Object(s.rpc.ResourceType(name), all)
}

// pair returns a certificate that is valid at the time of the fake clock. It is the same one for every call.
func (s *stage) pair() acctest.Attributes {
	if s.leaf.Leaf == nil {
		s.leaf = certtest.Leaf(s.t, "one")
	}
	p := s.leaf
	return acctest.Attributes{"certificate": acctest.Text(p.Certificate), "private_key": acctest.Text(p.PrivateKey)}
}

// generate returns the argument generate of a certificate. The common name is x if it is not given.
func (s *stage) generate(name string, given acctest.Attributes) acctest.Attributes {
	typ := s.rpc.ResourceType(name).(tftypes.Object).AttributeTypes["generate"].(tftypes.Object)
	arguments := map[string]tftypes.Value{}
	for argument, t := range typ.AttributeTypes {
		arguments[argument] = tftypes.NewValue(t, nil)
	}
	arguments["common_name"] = acctest.Text("x")
	maps.Copy(arguments, given)
	return acctest.Attributes{"generate": tftypes.NewValue(typ, arguments)}
}

// rowsOf returns a map of hostnames for the bulk resource, all with the same certificate.
func (s *stage) rowsOf(certificateID string, hostnames ...string) acctest.Attributes {
	rows := s.rpc.ResourceType(assocName).(tftypes.Object).AttributeTypes["associations"].(tftypes.Map)
	all := map[string]tftypes.Value{}
	for _, hostname := range hostnames {
		row := map[string]tftypes.Value{}
		for name, t := range rows.ElementType.(tftypes.Object).AttributeTypes {
			row[name] = tftypes.NewValue(t, nil)
		}
		row["certificate_id"] = acctest.Text(certificateID)
		all[hostname] = tftypes.NewValue(rows.ElementType, row)
	}
	return acctest.Attributes{"associations": tftypes.NewValue(rows, all)}
}

const (
	zoneCertName = "origintls_zone_certificate"
	hostCertName = "origintls_hostname_certificate"
	assocName    = "origintls_hostname_associations"
	singleName   = "origintls_hostname_association"
)

func stuck(b *simulator.Behaviour) {
	b.StickDeployments, b.StickAssociations, b.StickDeletions, b.StickVoids = true, true, true, true
}

// took fails unless an operation ends with this error after its configured timeout, and not after the default of ten minutes or
// the timeout of another operation.
func (s *stage) took(limit time.Duration, says string, operation func() []*tfprotov6.Diagnostic) {
	s.t.Helper()
	started := time.Now()
	diags := operation()
	if took := time.Since(started); took < limit || took > limit+5*time.Second {
		s.t.Errorf("the operation ended after %s, want the configured %s", took, limit)
	}
	if len(diags) == 0 || !strings.Contains(diags[len(diags)-1].Summary, says) {
		s.t.Errorf("the operation ended with %v, want an error that says %q", diags, says)
	}
}

// The configured timeout ends the waits of each operation and each resource.
func TestConfiguredTimeoutsEndTheWaits(t *testing.T) {
	limits := map[string]string{"create": "3m", "update": "17m", "delete": "41m"} // an update of a certificate uses the timeout of the creation
	hosts := []string{"a.example.com", "b.example.com"}
	for name, attributes := range map[string]func(s *stage, id string) acctest.Attributes{
		"origintls_zone_certificate":     func(s *stage, _ string) acctest.Attributes { return s.pair() },
		"origintls_hostname_certificate": func(s *stage, _ string) acctest.Attributes { return s.pair() },
		singleName: func(_ *stage, id string) acctest.Attributes {
			return acctest.Attributes{"hostname": acctest.Text(hosts[0]), "certificate_id": acctest.Text(id)}
		},
		assocName: func(s *stage, id string) acctest.Attributes { return s.rowsOf(id, hosts...) },
	} {
		t.Run(name, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				other := certtest.Leaf(s.t, "other")
				id := s.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, other.Certificate, other.PrivateKey)
				config := s.object(name, attributes(s, id), limits)
				state := s.rpc.Null(name)
				s.took(3*time.Minute, "Unable to create", func() (diags []*tfprotov6.Diagnostic) {
					state, diags = s.rpc.Apply(name, config, state)
					return diags
				})
				s.rpc = s.w.RPC() // a new provider, as for another apply
				again := 17 * time.Minute
				if strings.HasSuffix(name, "_certificate") {
					again = 3 * time.Minute
				}
				s.took(again, "Unable to update", func() (diags []*tfprotov6.Diagnostic) {
					state, diags = s.rpc.Apply(name, config, state) // the object is still deploying, so the update waits for it
					return diags
				})
				s.w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments, b.StickAssociations = false, false })
				time.Sleep(time.Minute)
				s.rpc = s.w.RPC()
				s.took(41*time.Minute, "Unable to delete", func() []*tfprotov6.Diagnostic {
					_, diags := s.rpc.Apply(name, s.rpc.Null(name), state)
					return diags
				})
			}, stuck)
		})
	}
}

// If the state shows a certificate as deploying, the next apply waits for it and sends no write.
func TestAnUpdateOfACertificateThatIsStillDeployingWaitsForIt(t *testing.T) {
	for _, name := range []string{"origintls_zone_certificate", "origintls_hostname_certificate"} {
		t.Run(name, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				config := s.object(name, s.pair(), map[string]string{"create": "1m"})
				state, _ := s.rpc.Apply(name, config, s.rpc.Null(name))
				if status := s.rpc.Read(state, s.rpc.ResourceType(name)).String("status"); status != "pending_deployment" {
					t.Fatalf("after its timeout, the certificate is %s", status)
				}
				s.w.Sim.ClearRequests()
				s.rpc = s.w.RPC() // another apply, with the timeout of the creation
				time.AfterFunc(30*time.Second, func() {
					s.w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments = false })
				})
				started := time.Now()
				state, diags := s.rpc.Apply(name, config, state)
				s.rpc.NoError(diags)
				status := s.rpc.Read(state, s.rpc.ResourceType(name)).String("status")
				if status != "active" || time.Since(started) < 30*time.Second || s.w.Writes() > 0 {
					t.Errorf("after %s the certificate is %s; %d writes were sent", time.Since(started), status, s.w.Writes())
				}
			}, stuck)
		})
	}
}

// A change of only the timeouts changes the state and sends no request.
func TestAChangeOfTimeoutsAloneSendsNothing(t *testing.T) {
	for name, attributes := range map[string]func(s *stage, id string) acctest.Attributes{
		"origintls_zone_setting": func(*stage, string) acctest.Attributes {
			return acctest.Attributes{"enabled": tftypes.NewValue(tftypes.Bool, true)}
		},
		"origintls_zone_certificate": func(s *stage, _ string) acctest.Attributes { return s.pair() },
		singleName: func(_ *stage, id string) acctest.Attributes {
			return acctest.Attributes{"hostname": acctest.Text("a.example.com"), "certificate_id": acctest.Text(id)}
		},
		assocName: func(s *stage, id string) acctest.Attributes { return s.rowsOf(id, "a.example.com") },
	} {
		t.Run(name, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				other := certtest.Leaf(s.t, "other")
				id := s.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, other.Certificate, other.PrivateKey)
				state, diags := s.rpc.Apply(name, s.object(name, attributes(s, id), nil), s.rpc.Null(name))
				s.rpc.NoError(diags)
				s.w.Sim.ClearRequests()
				s.rpc = s.w.RPC()
				state, diags = s.rpc.Apply(name, s.object(name, attributes(s, id), map[string]string{"delete": "23m"}), state)
				s.rpc.NoError(diags)
				if n := len(s.w.Sim.Requests()); n > 0 {
					t.Errorf("%d requests were sent", n)
				}
				if limits := s.rpc.Read(state, s.rpc.ResourceType(name))["timeouts"]; !strings.Contains(limits.String(), "23m") {
					t.Errorf("the state has the timeouts %s", limits)
				}
			})
		})
	}
}
