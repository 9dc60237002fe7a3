package acctest

import (
	"os"
	"regexp"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
)

// Never is used in place of a version if no release of a CLI has a feature so far.
const Never = ""

// features are features of the configuration language, with the first versions of Terraform and OpenTofu that have them.
var features = []struct {
	sign                *regexp.Regexp
	name                string
	terraform, opentofu string
}{
	{regexp.MustCompile(`replace_triggered_by`), "replace_triggered_by", "1.2", "1.6"},
	{regexp.MustCompile(`postcondition|precondition`), "postconditions", "1.2", "1.6"},
	{regexp.MustCompile(`optional\(`), "optional object attributes", "1.3", "1.6"},
	{regexp.MustCompile(`"terraform_data"`), "terraform_data", "1.4", "1.6"},
	{regexp.MustCompile(`(?m)^import \{`), "import blocks", "1.5", "1.6"},
	{regexp.MustCompile(`(?m)^check "`), "check blocks", "1.5", "1.6"},
	{regexp.MustCompile(`plantimestamp\(`), "plantimestamp", "1.5", "1.6"},
	{regexp.MustCompile(`(?m)^run "`), "the command test", "1.6", "1.6"},
	{regexp.MustCompile(`(?m)^removed \{`), "removed blocks", "1.7", "1.7"},
	{regexp.MustCompile(`provider::`), "functions of providers", "1.8", "1.7"},
	{regexp.MustCompile(`from = cloudflare_`), "moves between providers", "1.8", "1.10"},
	{regexp.MustCompile(`(?m)^\s*ephemeral\b`), "ephemeral values", "1.10", "1.11"},
	{regexp.MustCompile(`(?m)^\s*((ca_)?private_key|certificate)_wo\b`), "write-only arguments", "1.11", "1.11"},
	{regexp.MustCompile(`(?m)^\s*identity\s*=`), "import by identity", "1.12", "1.12"},
}

// RequireFor skips the test if the CLI lacks a feature that a configuration uses.
func RequireFor(t testing.TB, configuration string) {
	t.Helper()
	for _, f := range features {
		if f.sign.MatchString(configuration) {
			Require(t, f.name, f.terraform, f.opentofu)
		}
	}
}

// Require skips the test unless the CLI has a feature, given the first versions of Terraform and of OpenTofu that have it. It
// compares versions, so that a later CLI runs tests that an earlier one cannot.
func Require(t testing.TB, feature, terraform, opentofu string) {
	t.Helper()
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if os.Getenv("TF_ACC") == "" || path == "" {
		return // a test that needs a CLI skips itself
	}
	name, here, err := cliVersion(path)
	NoError(t, err)
	least := terraform
	if name == "OpenTofu" {
		least = opentofu
	}
	switch {
	case least == Never:
		t.Skipf("%s does not have %s (this is %s)", name, feature, here)
	case here.Core().LessThan(version.Must(version.NewVersion(least))):
		t.Skipf("%s needs %s %s, and this is %s", feature, name, least, here)
	}
}

// Needs calls Require.
func (c *CLI) Needs(feature, terraform, opentofu string) {
	c.t.Helper()
	Require(c.t, feature, terraform, opentofu)
}

var versions sync.Map // by path of the CLI

// cliVersion calls childprocess.Version once for each CLI.
func cliVersion(path string) (string, *version.Version, error) {
	type answer struct {
		name string
		here *version.Version
	}
	if known, ok := versions.Load(path); ok {
		a := known.(answer)
		return a.name, a.here, nil
	}
	name, here, err := childprocess.Version(path, nil)
	if err == nil {
		versions.Store(path, answer{name, here})
	}
	return name, here, err
}
