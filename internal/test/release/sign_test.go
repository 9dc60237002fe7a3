package release

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The registries require a binary signature of the checksums, and verify it with the key that they have on file.
func TestAccTheSumsAreSigned(t *testing.T) {
	goreleaser(t)
	acctest.Program(t, "gpg")
	home := t.TempDir()
	gpg := func(args ...string) string {
		command := exec.Command("gpg", append([]string{"--batch", "--homedir", home}, args...)...)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("gpg %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	// gpg has started an agent. The agent exits on its own if gpgconf cannot stop it.
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "gpg-agent").Run() })
	gpg("--passphrase", "", "--quick-generate-key", "Release test", "rsa2048", "sign", "never")
	fingerprint := regexp.MustCompile(`(?m)^fpr:+([0-9A-F]{40}):`).FindStringSubmatch(gpg("--list-keys", "--with-colons"))[1]

	dist := release(t, root, "sbom", "022", "GNUPGHOME="+home, "GPG_FINGERPRINT="+fingerprint)
	sums := filepath.Join(dist, project+"_"+version(t, dist)+"_SHA256SUMS")
	if signature := acctest.ReadFile(t, sums+".sig"); strings.HasPrefix(signature, "-----BEGIN") {
		t.Error("the signature is armoured; the registries require a binary one")
	}
	if out := gpg("--status-fd", "1", "--verify", sums+".sig", sums); !strings.Contains(out, "VALIDSIG "+fingerprint) {
		t.Errorf("gpg --verify prints\n%s", out)
	}
}
