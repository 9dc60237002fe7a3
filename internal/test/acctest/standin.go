package acctest

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// CloudflareStandIn builds the stand-in for the official provider and returns its folder.
func CloudflareStandIn(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-cloudflare"),
		"github.com/origintls/terraform-provider-origintls/internal/test/migration/standin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the stand-in: %v\n%s", err, out)
	}
	return dir
}
