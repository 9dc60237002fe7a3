package resources_test

import (
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Cloudflare refuses to delete a certificate that is in use, and does not say by what. The error does, as far as it can be found out.
func TestACertificateInUse(t *testing.T) {
	inUse := simulator.Fault{Method: "DELETE", Do: simulator.Action{Status: 400, Code: 1433, Message: "in use"}}
	for name, c := range map[string]struct {
		typ      string
		enabled  map[string]bool // the hostnames that use it; false for those that present no certificate
		fault    simulator.Fault
		says     string
		saysMore bool // what to do with the hostnames
	}{
		"by two hostnames":      {hostCertName, map[string]bool{hostB: true, hostA: false}, simulator.Fault{}, "These hostnames are served with it now: " + hostA + ", " + hostB + ".", true},
		"by none that is shown": {hostCertName, nil, inUse, "Cloudflare lists no hostname that uses it", true},
		"by a list that cannot be read": {
			hostCertName, map[string]bool{hostA: true},
			simulator.Fault{Method: "GET", Path: "/hostnames$", Do: simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}},
			"The provider could not find out which hostnames still use it.", true,
		},
		"a zone certificate": {zoneCertName, nil, inUse, "1433", false},
	} {
		t.Run(name, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				config := s.object(c.typ, s.pair(), map[string]string{"delete": "1m"})
				state, diags := s.rpc.Apply(c.typ, config, s.rpc.Null(c.typ))
				s.rpc.NoError(diags)
				other := certtest.Leaf(s.t, "other")
				s.w.Sim.AddAssociation(acctest.Zone, hostC, s.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, other.Certificate, other.PrivateKey), true)
				for hostname, enabled := range c.enabled {
					s.w.Sim.AddAssociation(acctest.Zone, hostname, s.rpc.Read(state, s.rpc.ResourceType(c.typ)).String("id"), enabled)
				}
				if c.fault.Method != "" {
					s.w.Sim.AddFault(c.fault)
				}
				s.rpc = s.w.RPC()
				_, diags = s.rpc.Apply(c.typ, s.rpc.Null(c.typ), state)
				if len(diags) != 1 || !strings.Contains(diags[0].Detail, c.says) || strings.Contains(diags[0].Detail, "Nothing was deleted. What to do") != c.saysMore {
					t.Errorf("the destroy said %v", diags)
				}
			})
		})
	}
}
