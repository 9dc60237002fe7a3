package acctest

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/go-version"
)

// Never is the version of a CLI that does not have something, in none of its releases so far.
const Never = ""

// Needs skips the test unless the CLI is recent enough for a feature; Terraform and OpenTofu count apart. It
// goes by the version, so that a later CLI runs what an earlier one cannot.
func (c *CLI) Needs(feature, terraform, opentofu string) {
	c.t.Helper()
	name, least := "Terraform", terraform
	if strings.HasPrefix(c.Must(0, "version"), "OpenTofu") {
		name, least = "OpenTofu", opentofu
	}
	var about struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(c.Must(0, "version", "-json")), &about); err != nil {
		c.t.Fatal(err)
	}
	here, err := version.NewVersion(about.Version)
	if err != nil {
		c.t.Fatal(err)
	}
	switch {
	case least == Never:
		c.t.Skipf("%s does not have %s (this is %s)", name, feature, here)
	case here.Core().LessThan(version.Must(version.NewVersion(least))):
		c.t.Skipf("%s needs %s %s, and this is %s", feature, name, least, here)
	}
}
