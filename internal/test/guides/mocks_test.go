package guides

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The guide's mocks work with the CLI under test, and with every other CLI that is installed.
func TestAccMocks(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	cli.Needs("write-only arguments", "1.11", "1.11") // the module uses them
	t.Parallel()
	p := load(t, "docs/guides/simulator.md")
	var hcl, sh []string
	for _, b := range p.Blocks {
		switch {
		case b.Section == "With mocks" && b.Lang == "terraform":
			hcl = append(hcl, b.Text)
		case b.Section == "With mocks" && b.Lang == "sh":
			sh = append(sh, b.Text)
		}
	}
	if len(hcl) != 3 || len(sh) != 2 {
		t.Fatalf("the section has %d configurations and %d commands", len(hcl), len(sh))
	}
	names := regexp.MustCompile("`(tests/[a-z./]+hcl)`").FindAllStringSubmatch(p.Prose["With mocks"], -1)
	module := acctest.ReadFile(t, filepath.Join(root, "examples", "scenarios", "tested-module", "main.tf"))
	pair := certtest.Leaf(t, "module test")
	files := map[string]string{"main.tf": module, "tests/client.pem": pair.Certificate, "tests/client.key": pair.PrivateKey}
	for i, text := range hcl { // the page shows them in this order
		files[names[i][1]] = text
	}
	for name, text := range files {
		cli.Write(name, text)
	}
	cli.Write("provider.tf", "") // the module has its own provider block
	ran := 0
	for _, path := range clis(t) {
		about, err := exec.CommandContext(t.Context(), path, "version").Output()
		acctest.NoError(t, err)
		command := sh[0]
		if strings.HasPrefix(string(about), "OpenTofu") {
			command = sh[1]
		}
		cmd, out := cli.Command(append(strings.Fields(command)[1:], "-no-color")...)
		cmd.Path = path
		if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "Success! 1 passed, 0 failed.") {
			t.Errorf("%s: %s: %v\n%s", path, command, err, out)
		}
		ran++
	}
	t.Logf("%d CLIs", ran)
	acctest.WantNoError(t, acctest.NoRequest(w))
}

// clis returns the paths of the CLI under test and of all other CLIs that are installed or built.
func clis(t *testing.T) []string {
	t.Helper()
	own, err := filepath.Abs(filepath.Join(root, ".bin", "tofu"))
	acctest.NoError(t, err)
	found := []string{os.Getenv("TF_ACC_TERRAFORM_PATH")}
	for _, name := range []string{"terraform", "tofu", own} {
		if path, err := exec.LookPath(name); err == nil && path != found[0] {
			found = append(found, path)
		}
	}
	return found
}

// If a mock sets no default for a time, the CLI fills in random text, which is not a time.
func TestMocksKnowEveryTime(t *testing.T) {
	server, err := acctest.New(t).Factories()["origintls"]()
	acctest.NoError(t, err)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	acctest.NoError(t, err)
	var forms []string
	for _, b := range load(t, "docs/guides/simulator.md").Blocks {
		if strings.Contains(b.Text, "mock_resource") {
			forms = append(forms, strings.Join(strings.Fields(b.Text), " "))
		}
	}
	if len(forms) != 2 {
		t.Fatalf("the page has mocks in %d blocks", len(forms))
	}
	for kind, all := range map[string]map[string]*tfprotov6.Schema{"resource": schemas.ResourceSchemas, "data": schemas.DataSourceSchemas} {
		for name, schema := range all {
			for _, a := range schema.Block.Attributes {
				if !a.Computed || !strings.HasSuffix(a.Name, "_on") && !strings.HasSuffix(a.Name, "_at") {
					continue
				}
				mock := regexp.MustCompile(`mock_` + kind + ` "` + name + `" \{ defaults = \{[^}]*\b` + a.Name + ` = "\d{4}-`)
				for _, form := range forms {
					if !mock.MatchString(form) {
						t.Errorf("%s of %s %s has no default in\n%s", a.Name, kind, name, form)
					}
				}
			}
		}
	}
}
