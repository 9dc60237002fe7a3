package resources_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// bulkStage is a stage with a hostname certificate and a bulk resource.
type bulkStage struct {
	*stage
	id    string // the id of the certificate
	state *tfprotov6.DynamicValue
}

func onBulk(t *testing.T, test func(b *bulkStage), change ...func(*simulator.Behaviour)) {
	t.Helper()
	onAFakeClock(t, func(s *stage) {
		pair := certtest.Leaf(s.t, "bulk")
		id := s.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
		test(&bulkStage{stage: s, id: id, state: s.rpc.Null(assocName)})
	}, change...)
}

// apply applies these hostnames with a new provider, or destroys if there are none. It returns the errors.
func (b *bulkStage) apply(hostnames ...string) string {
	b.t.Helper()
	b.rpc = b.w.RPC()
	config := b.rpc.Null(assocName)
	if len(hostnames) > 0 {
		config = b.object(assocName, b.rowsOf(b.id, hostnames...), map[string]string{"create": "1m", "update": "1m", "delete": "1m"})
	}
	var diags []*tfprotov6.Diagnostic
	b.state, diags = b.rpc.Apply(assocName, config, b.state)
	var errs []string
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(errs, "\n")
}

// refresh reads the state again with a new provider.
func (b *bulkStage) refresh() {
	b.t.Helper()
	b.rpc = b.w.RPC()
	answer, err := b.rpc.ReadResource(b.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: assocName, CurrentState: b.state})
	if err != nil {
		b.t.Fatal(err)
	}
	b.rpc.NoError(answer.Diagnostics)
	b.state = answer.NewState
}

// holds fails unless the state has these hostnames and the API serves those. If inState is nil, the state must have no resource.
func (b *bulkStage) holds(inState, atAPI []string) {
	b.t.Helper()
	var held []string
	if state := b.rpc.Read(b.state, b.rpc.ResourceType(assocName)); state != nil {
		rows := map[string]tftypes.Value{}
		if err := state["associations"].As(&rows); err != nil {
			b.t.Fatal(err)
		}
		held = slices.AppendSeq([]string{}, maps.Keys(rows))
	}
	served := []string{}
	for _, a := range b.w.State().Associations {
		served = append(served, a.Hostname)
	}
	slices.Sort(held)
	slices.Sort(served)
	if !slices.Equal(held, inState) || (held == nil) != (inState == nil) || !slices.Equal(served, atAPI) {
		b.t.Errorf("the state has %v and the API %v, want %v and %v", held, served, inState, atAPI)
	}
}

func (b *bulkStage) fails(says, message string) {
	b.t.Helper()
	if !strings.Contains(message, says) {
		b.t.Errorf("the apply ended with %q, want an error that says %q", message, says)
	}
}

func (b *bulkStage) comesThrough(message string) {
	b.t.Helper()
	if message != "" {
		b.t.Errorf("the apply failed: %s", message)
	}
}

// pending returns the hostnames that the state calls pending.
func (b *bulkStage) pending() (names []string) {
	b.t.Helper()
	var values []tftypes.Value
	acctest.NoError(b.t, b.rpc.Read(b.state, b.rpc.ResourceType(assocName))["pending"].As(&values))
	for _, v := range values {
		names = append(names, acctest.Attributes{"name": v}.String("name"))
	}
	slices.Sort(names)
	return names
}

const hostA, hostB, hostC = "a.example.com", "b.example.com", "c.example.com"

func refusing(names ...string) func(*simulator.Behaviour) {
	return func(b *simulator.Behaviour) { b.RefuseHostnames = names }
}

var (
	hostsAB = []string{hostA, hostB}
	denied  = simulator.Fault{Method: "PUT", Do: simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}}
)

func TestBulk_AFailedCreateOfNothingLeavesNothing(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		b.w.Sim.AddFault(denied)
		message := b.apply(hostsAB...)
		b.fails("Unable to create hostname associations", message)
		if strings.Contains(message, "the others are written") {
			b.t.Errorf("there are no others: %s", message)
		}
		b.holds(nil, []string{})
	})
}

func TestBulk_APartialCreateKeepsWhatWasWritten(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		b.fails(hostB+" (the others are written and active)", b.apply(hostA, hostB, hostC))
		b.holds([]string{hostA, hostC}, []string{hostA, hostC})
		b.w.Sim.Behave(refusing())
		b.comesThrough(b.apply(hostA, hostB, hostC))
		b.holds([]string{hostA, hostB, hostC}, []string{hostA, hostB, hostC})
	}, refusing(hostB))
}

func TestBulk_AFailedDestroyKeepsTheRows(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		b.comesThrough(b.apply(hostsAB...))
		b.w.Sim.AddFault(denied)
		b.fails("Unable to delete hostname associations", b.apply())
		b.holds(hostsAB, hostsAB)
		b.w.Sim.ClearFaults()
		b.comesThrough(b.apply())
		b.holds(nil, []string{})
	})
}

func TestBulk_APartialDestroyKeepsWhatIsLeft(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		b.comesThrough(b.apply(hostsAB...))
		b.w.Sim.Behave(refusing(hostB))
		b.fails("Unable to delete hostname associations", b.apply())
		b.refresh()
		b.holds([]string{hostB}, []string{hostB})
		b.w.Sim.Behave(refusing())
		b.comesThrough(b.apply())
		b.holds(nil, []string{})
	})
}

// A row that is removed from the configuration but cannot be voided stays in the state. Otherwise nothing would void it later.
func TestBulk_AFailedVoidKeepsTheRow(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		b.comesThrough(b.apply(hostsAB...))
		b.w.Sim.Behave(refusing(hostB))
		b.fails(hostB, b.apply(hostA))
		b.holds(hostsAB, hostsAB)
		b.w.Sim.Behave(refusing())
		b.comesThrough(b.apply(hostA))
		b.holds([]string{hostA}, []string{hostA})
	})
}

// However Cloudflare shows that somebody has voided a row, the row leaves the state.
func TestBulk_VanishedRowsLeaveTheState(t *testing.T) {
	for name, change := range map[string]func(*simulator.Behaviour){
		"not found": func(*simulator.Behaviour) {},
		"null":      func(b *simulator.Behaviour) { b.VoidedIsNull, b.PagedListStatus = true, 404 },
		"listed":    func(b *simulator.Behaviour) { b.VoidedStayActive = true },
	} {
		t.Run(name, func(t *testing.T) {
			onBulk(t, func(b *bulkStage) {
				b.comesThrough(b.apply(hostsAB...))
				b.w.Sim.SetAssociation(acctest.Zone, hostA, b.id, nil)
				b.refresh()
				b.holds([]string{hostB}, []string{hostB})
				b.w.Sim.SetAssociation(acctest.Zone, hostB, b.id, nil)
				b.refresh()
				if state := b.rpc.Read(b.state, b.rpc.ResourceType(assocName)); state != nil {
					b.t.Errorf("the resource is still in the state although it has no rows: %v", state)
				}
			}, change)
		})
	}
}

// Rows that were still deploying when an apply ended with a timeout are written again by the next apply. It waits until they
// are active, even if there was a refresh in between.
func TestBulk_RowsThatAreStillDeployingAreWaitedFor(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		b.fails("Unable to create hostname associations", b.apply(hostsAB...))
		b.refresh()
		b.holds(hostsAB, hostsAB)
		plan := b.rpc.Plan(assocName, b.object(assocName, b.rowsOf(b.id, hostsAB...), map[string]string{"create": "1m", "update": "1m", "delete": "1m"}), b.state, nil)
		if pending := b.rpc.Read(plan.PlannedState, b.rpc.ResourceType(assocName))["pending"]; pending.IsKnown() {
			b.t.Errorf("the plan changes nothing: %s are pending afterwards", pending)
		}
		time.AfterFunc(30*time.Second, func() {
			b.w.Sim.Behave(func(b *simulator.Behaviour) { b.StickAssociations = false })
		})
		started := time.Now()
		b.comesThrough(b.apply(hostsAB...))
		if took := time.Since(started); took < 30*time.Second {
			b.t.Errorf("the apply succeeded after %s, before the rows were active", took)
		}
		for _, a := range b.w.State().Associations {
			if a.Status != "active" {
				b.t.Errorf("%s is %s", a.Hostname, a.Status)
			}
		}
	}, stuck)
}

// The API carries out the write, but its answer never arrives. The state gets the rows, so that a destroy voids them.
func TestBulk_AnUnknownOutcomeIsKept(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		b.w.Sim.AddFault(simulator.Fault{Method: "PUT", Do: simulator.Action{Status: 500, WorkFirst: true}})
		b.fails("Unable to create hostname associations", b.apply(hostsAB...))
		b.holds(hostsAB, hostsAB)
		b.w.Sim.ClearFaults()
		b.comesThrough(b.apply())
		b.holds(nil, []string{})
	})
}

// A change that Cloudflare has refused leaves the row as it was. One whose outcome is unknown may have been carried out, so the next
// apply writes it again.
func TestBulk_OnlyAnUnknownOutcomeIsPending(t *testing.T) {
	for name, c := range map[string]struct {
		fault   simulator.Action
		pending []string
	}{
		"refused": {denied.Do, nil},
		"unknown": {simulator.Action{Status: 500, Message: "later"}, hostsAB},
	} {
		t.Run(name, func(t *testing.T) {
			onBulk(t, func(b *bulkStage) {
				b.comesThrough(b.apply(hostA, hostB))
				other := certtest.Leaf(b.t, "other")
				b.id = b.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, other.Certificate, other.PrivateKey)
				b.w.Sim.AddFault(simulator.Fault{Method: "PUT", Do: c.fault})
				b.fails("Unable to update hostname associations", b.apply(hostA, hostB))
				b.holds(hostsAB, hostsAB)
				if got := b.pending(); !slices.Equal(got, c.pending) {
					b.t.Errorf("pending: %v, want %v", got, c.pending)
				}
			})
		})
	}
}
