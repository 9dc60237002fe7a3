package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A CLI below 1.11 would store a write-only argument like an ordinary one, so the provider rejects it there. The provider never warns
// about private_key: with a diagnostic about the resource, the CLI prints source lines. If the configuration is JSON on a single line,
// that is the whole configuration.
func TestWriteOnlyArgumentsNeedACLIThatHasThem(t *testing.T) {
	server, err := acctest.New(t).Factories()["origintls"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	pair := certtest.Leaf(t, "one")
	for _, c := range []struct {
		argument string
		able     bool
		want     string // a text in the diagnostic; "" for no diagnostic
	}{
		{"private_key_wo", true, ""},
		{"private_key_wo", false, "WriteOnly Attribute Not Allowed"},
		{"private_key", true, ""},
		{"private_key", false, ""},
	} {
		for _, name := range []string{"origintls_zone_certificate", "origintls_hostname_certificate"} {
			typ := schemas.ResourceSchemas[name].ValueType().(tftypes.Object)
			values := map[string]tftypes.Value{}
			for attribute, t := range typ.AttributeTypes {
				values[attribute] = tftypes.NewValue(t, nil)
			}
			values["zone_id"] = tftypes.NewValue(tftypes.String, acctest.Zone)
			values["certificate"] = tftypes.NewValue(tftypes.String, pair.Certificate)
			values[c.argument] = tftypes.NewValue(tftypes.String, pair.PrivateKey)
			config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: name, Config: &config,
				ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: c.able},
			})
			if err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			for _, d := range answer.Diagnostics {
				said.WriteString(d.Summary + "; ")
			}
			if (said.Len() == 0) != (c.want == "") || !strings.Contains(said.String(), c.want) {
				t.Errorf("%s with %s, write-only possible %v: the diagnostics are %q, want %q", name, c.argument, c.able, said.String(), c.want)
			}
		}
	}
}
