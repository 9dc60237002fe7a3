package release

import (
	"debug/buildinfo"
	"path/filepath"
	"testing"

	goversion "github.com/hashicorp/go-version"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// fixed are the versions that fixed vulnerabilities of modules in the binary. Scanners read the versions from the binary, and do not
// check whether it calls the vulnerable code.
var fixed = []struct{ module, version, advisory string }{
	{"google.golang.org/grpc", "1.83.2", "GO-2026-6061 and three CVEs"},
	{"golang.org/x/net", "0.53.0", "CVE-2026-33814"},
}

func TestTheBinaryHasNoKnownVulnerableModule(t *testing.T) {
	modules := linked(t, filepath.Join(acctest.Build(t), project))
	for _, f := range fixed {
		have, ok := modules[f.module]
		if !ok {
			t.Errorf("%s is not in the binary: remove it from the list", f.module)
			continue
		}
		if goversion.Must(goversion.NewVersion(have)).LessThan(goversion.Must(goversion.NewVersion(f.version))) {
			t.Errorf("the binary has %s %s, want at least %s (%s)", f.module, have, f.version, f.advisory)
		}
	}
}

// linked returns the versions of the modules from which a binary was built, as go version -m shows them.
func linked(t *testing.T, binary string) map[string]string {
	t.Helper()
	info, err := buildinfo.ReadFile(binary)
	acctest.NoError(t, err)
	modules := map[string]string{}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		modules[module.Path] = module.Version
	}
	return modules
}
