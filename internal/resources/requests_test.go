package resources_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// This counts the requests for 200 single associations on 8 certificates. Like Terraform, it runs ten operations at a time. The
// number of requests depends on how many writes are ready at the same time, so a busy machine would send more of them. That is
// why the test uses a fake clock. The official provider sends 200 requests for the creation and waits for nothing (make compare).
func TestRequestsFor200SingleAssociations(t *testing.T) {
	onAFakeClock(t, func(s *stage) {
		certificates := func(generation string) (ids []string) {
			for i := range 8 {
				p := certtest.Leaf(s.t, fmt.Sprint(generation, i))
				ids = append(ids, s.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, p.Certificate, p.PrivateKey))
			}
			return ids
		}
		states := make([]*tfprotov6.DynamicValue, 200)
		for i := range states {
			states[i] = s.rpc.Null(singleName)
		}
		for _, c := range []struct {
			what string
			ids  []string // the ids of the certificates; none for a destroy
			most int
		}{{"creation", certificates("first"), 74}, {"rotation", certificates("second"), 74}, {"destruction", nil, 88}} {
			s.w.Sim.ClearRequests()
			s.rpc = s.w.RPC() // a new provider, as in another process
			started := time.Now()
			s.tenAtATime(len(states), func(i int) []*tfprotov6.Diagnostic {
				config := s.rpc.Null(singleName)
				if c.ids != nil {
					config = s.object(singleName, acctest.Attributes{
						"hostname": acctest.Text(fmt.Sprintf("h%d.example.com", i)), "certificate_id": acctest.Text(c.ids[i%8]),
					}, nil)
				}
				var diags []*tfprotov6.Diagnostic
				states[i], diags = s.rpc.Apply(singleName, config, states[i])
				return diags
			})
			if n := len(s.w.Sim.Requests()); n > c.most {
				t.Errorf("%s: %d requests in %s, want at most %d: %v", c.what, n, time.Since(started), c.most, acctest.Routes(s.w.Sim.Requests()))
			}
		}
	}, func(b *simulator.Behaviour) { b.HostnameCertificateQuota = 20 })
}

// tenAtATime calls operation for n resources, ten at a time. Like Terraform, it pauses briefly between two operations.
func (s *stage) tenAtATime(n int, operation func(i int) []*tfprotov6.Diagnostic) {
	turn := make(chan struct{}, 10)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			time.Sleep(10 * time.Millisecond)
			for _, d := range operation(i) {
				if d.Severity == tfprotov6.DiagnosticSeverityError {
					s.t.Errorf("%s: %s", d.Summary, d.Detail)
				}
			}
		})
	}
	all.Wait()
}
