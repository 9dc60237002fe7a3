package resources_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Cloudflare refuses to delete a certificate that is in use, and does not say by what. The error does, as far as it can be found out.
func TestACertificateInUse(t *testing.T) {
	row := func(hostname string) string {
		return `{"hostname":"` + hostname + `","cert_id":"ID","enabled":true,"status":"active"}`
	}
	unsorted := simulator.Fault{Method: "GET", Path: "/hostnames$", Do: simulator.Action{
		Body: `{"success":true,"errors":[],"messages":[],"result":[` + row(hostB) + "," + row(hostA) + "]}",
	}}
	inUse := simulator.Fault{Method: "DELETE", Do: simulator.Action{Status: 400, Code: 1433, Message: "in use"}}
	for name, c := range map[string]struct {
		typ      string
		enabled  map[string]bool // the hostnames that use it; false for those that present no certificate
		fault    simulator.Fault
		says     string
		saysMore bool // what to do with the hostnames
	}{
		"by two hostnames":      {hostCertName, map[string]bool{hostB: true, hostA: false}, simulator.Fault{}, "These hostnames are served with it now: " + hostA + ", " + hostB + ".", true},
		"in another order":      {hostCertName, map[string]bool{hostB: true, hostA: false}, unsorted, "These hostnames are served with it now: " + hostA + ", " + hostB + ".", true},
		"by none that is shown": {hostCertName, nil, inUse, "Cloudflare lists no hostname that uses it", true},
		"by a list that cannot be read": {
			hostCertName,
			map[string]bool{hostA: true},
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
				id := s.rpc.Read(state, s.rpc.ResourceType(c.typ)).String("id")
				for hostname, enabled := range c.enabled {
					s.w.Sim.AddAssociation(acctest.Zone, hostname, id, enabled)
				}
				c.fault.Do.Body = strings.ReplaceAll(c.fault.Do.Body, "ID", id)
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

// Who interrupts a command does not want to wait for advice, so no request is sent for it.
func TestAnInterruptedDestructionAsksForNothing(t *testing.T) {
	onAFakeClock(t, func(s *stage) {
		state, diags := s.rpc.Apply(hostCertName, s.object(hostCertName, s.pair(), nil), s.rpc.Null(hostCertName))
		s.rpc.NoError(diags)
		s.w.Sim.AddAssociation(acctest.Zone, hostA, s.w.Live()[0].ID, true)
		s.rpc = s.w.RPC()
		ctx, cancel := context.WithCancel(s.t.Context())
		time.AfterFunc(time.Minute, func() {
			s.w.Sim.ClearRequests()
			cancel()
		})
		answer, err := s.rpc.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
			TypeName: hostCertName, PriorState: state, PlannedState: s.rpc.Null(hostCertName), Config: s.rpc.Null(hostCertName),
		})
		acctest.NoError(s.t, err)
		if len(answer.Diagnostics) != 1 || !strings.Contains(answer.Diagnostics[0].Detail, "1433") || s.w.Sent("GET") > 0 {
			s.t.Errorf("the destruction said %v, and sent %d requests afterwards", answer.Diagnostics, s.w.Sent("GET"))
		}
	})
}

// Cloudflare only says that the id of a certificate is not valid. The error says what the id belongs to.
func TestAnAssociationWithTheWrongID(t *testing.T) {
	denied := simulator.Fault{Method: "GET", Path: "/certificates|/origin_tls_client_auth/[^/]+$", Do: simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}}
	for name, c := range map[string]struct {
		id    func(s *stage, pair certtest.Pair) string
		fault simulator.Fault
		says  string
	}{
		"of nothing, and refused for another reason": {func(*stage, certtest.Pair) string {
			return "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
		}, simulator.Fault{Method: "PUT", Do: simulator.Action{Status: 400, Code: 1499, Message: "no"}}, "What to do: correct what Cloudflare's message names"},
		"of a zone certificate": {func(s *stage, pair certtest.Pair) string {
			return s.w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
		}, simulator.Fault{}, "belongs to a zone certificate, but an association needs a hostname certificate"},
		"of nothing": {func(*stage, certtest.Pair) string {
			return "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
		}, simulator.Fault{}, "The zone has no hostname certificate with the id 2458ce5a"},
		"of a deleted certificate": {func(s *stage, pair certtest.Pair) string {
			id := s.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
			s.w.Sim.SetCertificateStatus(simulator.HostnameCertificate, acctest.Zone, id, "deleted")
			return id
		}, simulator.Fault{}, "has been deleted (its status is \"deleted\")"},
		"of a deleted zone certificate": {func(s *stage, pair certtest.Pair) string {
			id := s.w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
			s.w.Sim.SetCertificateStatus(simulator.ZoneCertificate, acctest.Zone, id, "deleted")
			return id
		}, simulator.Fault{}, "The zone has no hostname certificate with the id"},
		"of what cannot be read": {func(*stage, certtest.Pair) string {
			return "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
		}, denied, "What to do: correct what Cloudflare's message names"},
	} {
		for _, typ := range []string{singleName, assocName} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onHostnames(t, func(h *hostnamePlans) {
					h.id = c.id(h.stage, certtest.Leaf(h.t, "other"))
					if c.fault.Method != "" {
						h.w.Sim.AddFault(c.fault)
					}
					_, diags := h.rpc.Apply(typ, h.config(typ, hostA), h.rpc.Null(typ))
					if len(diags) != 1 || !strings.Contains(diags[0].Summary, "Unable to create hostname association") || !strings.Contains(diags[0].Detail, c.says) {
						h.t.Fatalf("the apply said %v, want %q", diags, c.says)
					}
				})
			})
		}
	}
}

// If nobody knows whether a generated certificate was uploaded, the state keeps it without an id: it would be lost otherwise. A given
// one can be uploaded again, and one that was refused does not exist.
func TestAnUploadWithAnUnknownOutcome(t *testing.T) {
	refused := []simulator.Fault{{Method: "POST", Do: simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}}}
	unknown := []simulator.Fault{
		{Method: "POST", Do: simulator.Action{Status: 502, WorkFirst: true}},
		{Method: "GET", After: 1, Do: simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}},
	}
	for name, c := range map[string]struct {
		generated bool
		faults    []simulator.Fault
		kept      bool
	}{
		"generated, unknown": {true, unknown, true}, "generated, refused": {true, refused, false},
		"given, unknown": {false, unknown, false}, "given, refused": {false, refused, false},
	} {
		for _, typ := range []string{zoneCertName, hostCertName} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					arguments := s.pair()
					if c.generated {
						arguments = s.generate(typ, nil)
					}
					config := s.object(typ, arguments, nil)
					planned := s.rpc.Plan(typ, config, s.rpc.Null(typ), nil)
					for _, f := range c.faults {
						s.w.Sim.AddFault(f)
					}
					answer := s.apply(typ, config, s.rpc.Null(typ), planned)
					state := s.rpc.Read(answer.NewState, s.rpc.ResourceType(typ))
					if (state != nil) != c.kept || state.String("id") != "" || (state.String("fingerprint_sha256") != "") != c.kept {
						t.Errorf("the state is %v; the apply said %s", state, answer.Diagnostics[0].Detail)
					}
					var said string
					for _, d := range answer.Diagnostics {
						said += d.Detail
					}
					if strings.Contains(said, "The certificate is kept in the state without an id") != c.kept {
						t.Errorf("the apply said %s", said)
					}
				})
			})
		}
	}
}

// Nobody knows the code of a refusal for want of room, so the error counts the certificates after any refusal that has no other reason.
func TestARefusedUploadInAFullZone(t *testing.T) {
	refused, quota := simulator.Action{Status: 400, Code: 1499, Message: "no"}, "hostname certificates, and Cloudflare allows 10 in a zone"
	for name, c := range map[string]struct {
		typ     string
		answer  simulator.Action
		there   int // certificates in the zone
		deleted int // of which so many are deleted
		says    bool
	}{
		"full":                   {hostCertName, refused, 10, 0, true},
		"room for one":           {hostCertName, refused, 9, 0, false},
		"one has been deleted":   {hostCertName, refused, 10, 1, false},
		"zone certificates":      {zoneCertName, refused, 10, 0, false},
		"no permission":          {hostCertName, simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}, 10, 0, false},
		"the token is not valid": {hostCertName, simulator.Action{Status: 401, Code: 1000, Message: "Invalid API Token"}, 10, 0, false},
		"no refusal":             {hostCertName, simulator.Action{Status: 408, Code: 1, Message: "later"}, 10, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				kind := kindOf(c.typ)
				for i := range c.there {
					pair := certtest.Leaf(s.t, strconv.Itoa(i))
					id := s.w.Sim.AddCertificate(kind, acctest.Zone, pair.Certificate, pair.PrivateKey)
					if i < c.deleted {
						s.w.Sim.SetCertificateStatus(kind, acctest.Zone, id, "deleted")
					}
				}
				s.w.Sim.AddFault(simulator.Fault{Method: "POST", Do: c.answer})
				_, diags := s.rpc.Apply(c.typ, s.object(c.typ, s.pair(), nil), s.rpc.Null(c.typ))
				if len(diags) != 1 || !strings.HasPrefix(diags[0].Summary, "Unable to create") || strings.Contains(diags[0].Detail, quota) != c.says ||
					c.says && !strings.Contains(diags[0].Detail, "The zone holds 10 "+quota) {
					t.Errorf("the apply said %v", diags)
				}
			})
		})
	}
}

// Cloudflare refuses a leaf that the zone has already. The error shows how to import it, unless the list does not show it.
func TestARefusedDuplicate(t *testing.T) {
	for name, listed := range map[string]bool{"listed": true, "not listed": false} {
		for _, typ := range []string{zoneCertName, hostCertName} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					c := &certificatePlans{s, typ, map[string]certtest.Pair{}}
					plan := s.rpc.Plan(typ, c.config("a"), s.rpc.Null(typ), nil)
					says, not := "What to do: run the same command again in a minute.", "import {"
					if listed {
						c.foreign("a")
						says, not = "import {\n  to = "+typ+".NAME # the address that this text names after \"with\"\n  id = \""+acctest.Zone+"/"+s.w.Live()[0].ID+"\"\n}", says
					} else {
						s.w.Sim.AddFault(simulator.Fault{Method: "POST", Do: simulator.Action{Status: 400, Code: 1406, Message: "exists"}})
					}
					diags := s.apply(typ, c.config("a"), s.rpc.Null(typ), plan).Diagnostics
					if len(diags) != 1 || diags[0].Summary != "Unable to create "+nounOf(typ) || !strings.Contains(diags[0].Detail, says) || strings.Contains(diags[0].Detail, not) {
						t.Errorf("the apply said %v", diags)
					}
				})
			})
		}
	}
}
