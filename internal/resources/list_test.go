package resources_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A list shows a certificate under its subject, or under its id if Cloudflare does not show the certificate. It shows at most as many
// as Terraform asks for, and says what it could not list.
func TestListsOfCertificates(t *testing.T) {
	const id = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
	for typ, kind := range map[string]simulator.Kind{zoneCertName: simulator.ZoneCertificate, hostCertName: simulator.HostnameCertificate} {
		onAFakeClock(t, func(s *stage) {
			for i := range 3 {
				pair := certtest.Leaf(s.t, fmt.Sprint("leaf", i))
				s.w.Sim.AddCertificate(kind, acctest.Zone, pair.Certificate, pair.PrivateKey)
			}
			for limit, want := range map[int64]int{0: 3, 2: 2, 3: 3, 4: 3} {
				results := s.rpc.List(typ, acctest.Zone, true, limit)
				if len(results) != want || !strings.Contains(results[0].DisplayName, "CN=leaf") {
					s.t.Errorf("limit %d: %d results, the first is %q; want %d", limit, len(results), results[0].DisplayName, want)
				}
			}
			s.w.Sim.AddFault(simulator.Fault{Method: "GET", Do: simulator.Action{Body: `{"success":true,"errors":[],"messages":[],"result":[{"id":"` + id + `","status":"active","certificate":"none"}]}`}})
			s.rpc = s.w.RPC()
			if results := s.rpc.List(typ, acctest.Zone, true, 0); len(results) != 1 || results[0].DisplayName != id {
				s.t.Errorf("a certificate that is not shown is listed as %v", results)
			}
			s.w.Sim.ClearFaults()
			s.w.Sim.AddFault(simulator.Fault{Method: "GET", Do: simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}})
			s.rpc = s.w.RPC()
			results := s.rpc.List(typ, acctest.Zone, true, 0)
			if len(results) != 1 || len(results[0].Diagnostics) != 1 || !strings.Contains(results[0].Diagnostics[0].Detail, "Object: the "+nounOf(typ)+"s of zone") {
				s.t.Errorf("a list that is refused is %v", results)
			}
		})
	}
}
