package resources_test

import (
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// holder is a resource type that can have the association of a hostname.
type holder struct {
	name   string
	config func(rpc *acctest.RPC, hostname, certificateID string) *tfprotov6.DynamicValue
}

var singleHolder = holder{"origintls_hostname_association", func(rpc *acctest.RPC, hostname, certificateID string) *tfprotov6.DynamicValue {
	return rpc.Object(rpc.ResourceType("origintls_hostname_association"), acctest.Attributes{
		"zone_id": acctest.Text(acctest.Zone), "hostname": acctest.Text(hostname), "certificate_id": acctest.Text(certificateID),
	})
}}

var bulkHolder = holder{"origintls_hostname_associations", func(rpc *acctest.RPC, hostname, certificateID string) *tfprotov6.DynamicValue {
	typ := rpc.ResourceType("origintls_hostname_associations")
	rows := typ.(tftypes.Object).AttributeTypes["associations"].(tftypes.Map)
	row := map[string]tftypes.Value{}
	for name, t := range rows.ElementType.(tftypes.Object).AttributeTypes {
		row[name] = tftypes.NewValue(t, nil)
	}
	row["certificate_id"] = acctest.Text(certificateID)
	return rpc.Object(typ, acctest.Attributes{
		"zone_id":      acctest.Text(acctest.Zone),
		"associations": tftypes.NewValue(rows, map[string]tftypes.Value{hostname: tftypes.NewValue(rows.ElementType, row)}),
	})
}}

// If a hostname moves from one resource to another, Terraform destroys it at its former address and creates it at its new one.
// Terraform sees no connection between the two operations, so it may do them in any order, or at the same time. In each case,
// the hostname must be active in the end. The CLI does not let a test choose the order, so this one uses the plugin protocol.
func TestAHostnameThatMovesIsServedInTheEnd(t *testing.T) {
	const hostname = "a.example.com"
	orders := map[string]func(write, destroy func()){
		"written first":   func(write, destroy func()) { write(); destroy() },
		"destroyed first": func(write, destroy func()) { destroy(); write() },
		"both at once": func(write, destroy func()) {
			var both sync.WaitGroup
			both.Go(write)
			both.Go(destroy)
			both.Wait()
		},
	}
	for name, order := range orders {
		for _, move := range []struct{ from, to holder }{{singleHolder, bulkHolder}, {bulkHolder, singleHolder}, {singleHolder, singleHolder}} {
			t.Run(name+", "+move.from.name+" to "+move.to.name, func(t *testing.T) {
				t.Parallel()
				w := acctest.New(t)
				pair := certtest.Leaf(t, "c0")
				id := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
				first := w.RPC()
				was, diags := first.Apply(move.from.name, move.from.config(first, hostname, id), first.Null(move.from.name))
				first.NoError(diags)

				apply := w.RPC() // a new provider, as the CLI starts one for each apply
				order(
					func() {
						_, diags := apply.Apply(move.to.name, move.to.config(apply, hostname, id), apply.Null(move.to.name))
						complain(t, "the write", diags)
					},
					func() {
						_, diags := apply.Apply(move.from.name, apply.Null(move.from.name), was)
						complain(t, "the destroy", diags)
					},
				)
				z := w.State()
				if len(z.Associations) != 1 || z.Associations[0].Status != "active" || z.Associations[0].CertificateID != id {
					t.Errorf("the zone has the associations %+v, want %s with certificate %s", z.Associations, hostname, id)
				}
			})
		}
	}
}

// complain reports the errors among the diagnostics.
func complain(t *testing.T, what string, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.Errorf("%s: %s: %s", what, d.Summary, d.Detail)
		}
	}
}
