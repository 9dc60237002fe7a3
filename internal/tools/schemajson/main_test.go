package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/origintls/terraform-provider-origintls/internal/provider"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The conversion is written by hand, so this compares it with a real CLI. Everything that the CLI prints about the provider must be in
// the export in the same form. The export may have more, because a CLI only prints what it knows.
func TestExportAgreesWithTheCLI(t *testing.T) {
	_, cli := acctest.Start(t)
	exported, err := export(t.Context(), providerserver.NewProtocol6(provider.New("test")())())
	acctest.NoError(t, err)
	ours := providerSchema(t, marshal(t, exported))
	theirs := providerSchema(t, []byte(cli.Must(0, "providers", "schema", "-json")))
	if theirs["resource_schemas"] == nil {
		t.Fatal("the CLI printed no resource")
	}
	for section, want := range theirs {
		for item, want := range want {
			if got := ours[section][item]; !holds(got, want) {
				t.Errorf("%s, %s differs\nexport: %s\nCLI:    %s", section, item, marshal(t, got), marshal(t, want))
			}
		}
	}
}

// holds reports whether got contains everything in want.
func holds(got, want any) bool {
	object, ok := want.(map[string]any)
	if !ok {
		return reflect.DeepEqual(got, want)
	}
	in, ok := got.(map[string]any)
	for key, v := range object {
		if !ok || !holds(in[key], v) {
			return false
		}
	}
	return ok
}

// providerSchema returns the sections (resource_schemas, functions, …) of the only provider in a document.
func providerSchema(t *testing.T, document []byte) map[string]map[string]any {
	t.Helper()
	var parsed struct {
		Schemas map[string]map[string]map[string]any `json:"provider_schemas"`
	}
	acctest.NoError(t, json.Unmarshal(document, &parsed))
	for _, sections := range parsed.Schemas {
		return sections
	}
	return nil
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	out, err := json.Marshal(value)
	acctest.NoError(t, err)
	return out
}
