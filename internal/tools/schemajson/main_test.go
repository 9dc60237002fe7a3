package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/origintls/terraform-provider-origintls/internal/provider"
)

// The conversion is written by hand, so a real CLI checks it: whatever the CLI prints of the
// provider must be in the export, word for word. The export may hold more, because a CLI prints what it knows.
func TestExportAgreesWithTheCLI(t *testing.T) {
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if os.Getenv("TF_ACC") == "" || cli == "" {
		t.Skip("needs TF_ACC and TF_ACC_TERRAFORM_PATH")
	}
	exported, err := export(t.Context(), providerserver.NewProtocol6(provider.New("test")())())
	if err != nil {
		t.Fatal(err)
	}
	ours := providerSchema(t, marshal(t, exported), name)
	theirs := providerSchema(t, schemaFromCLI(t, cli), address)
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

// holds reports whether everything in want is in got.
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

// address names its host, because Terraform and OpenTofu have different default ones.
const address = "registry.terraform.io/origintls/origintls"

func schemaFromCLI(t *testing.T, cli string) []byte {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.tf"), fmt.Sprintf(
		"terraform {\n  required_providers {\n    %s = { source = %q }\n  }\n}\n", name, address))
	config := filepath.Join(dir, "cli.tfrc")
	write(t, config, fmt.Sprintf(
		"provider_installation {\n  dev_overrides { %q = %q }\n  direct {}\n}\n", address, dir))
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "terraform-provider-"+name), "../../..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v\n%s", err, out)
	}
	command := exec.Command(cli, "providers", "schema", "-json")
	command.Dir = dir
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+config, "CHECKPOINT_DISABLE=1")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s providers schema: %v", cli, err)
	}
	return out
}

// providerSchema returns the sections (resource_schemas, functions, …) of the provider called key.
func providerSchema(t *testing.T, document []byte, key string) map[string]map[string]any {
	t.Helper()
	var parsed struct {
		Schemas map[string]map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(document, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.Schemas[key]
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
