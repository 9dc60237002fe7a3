package release

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The CLI installs, locks and runs the provider from an archive in a mirror, as users of a registry or without a network do. It rejects
// the archive once its contents have changed.
func TestAccAnArchiveInstalls(t *testing.T) {
	goreleaser(t)
	w := acctest.New(t)
	cli := w.CLI(t)
	dist := release(t, root, "sbom,sign", "022")
	holds(t, dist, []string{this})
	archive, version := only(t, dist, project+"_*_"+this+".zip"), version(t, dist)

	mirror := t.TempDir()
	host := os.Getenv("TF_ACC_PROVIDER_HOST")
	if host == "" {
		host = "registry.terraform.io"
	}
	address := host + "/origintls/origintls"
	packed := filepath.Join(mirror, filepath.FromSlash(address), filepath.Base(archive))
	acctest.WriteFile(t, packed, acctest.ReadFile(t, archive))
	cli.Write("cli.tfrc", fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n    include = [%[2]q]\n  }\n"+
		"  direct {\n    exclude = [%[2]q]\n  }\n}\n", mirror, address))
	cli.Write("provider.tf", fmt.Sprintf("terraform {\n  required_providers {\n    origintls = {\n"+
		"      source = \"origintls/origintls\"\n      version = %q\n    }\n  }\n}\n", version))
	cli.Write("main.tf", acctest.Setting(true))

	cli.Must(0, "init", "-no-color")
	locked := cli.Read(".terraform.lock.hcl")
	for _, want := range []string{
		`provider "` + regexp.QuoteMeta(address) + `" \{\n`,
		`\n  version +=  *"` + regexp.QuoteMeta(version) + `"\n`,
		`"h1:[A-Za-z0-9+/]{43}="`,
	} {
		if !regexp.MustCompile(want).MatchString(locked) {
			t.Errorf("the lock file has no %s:\n%s", want, locked)
		}
	}
	if out := cli.Must(0, "version", "-no-color"); !strings.Contains(out, "provider "+address+" v"+version) {
		t.Errorf("the CLI has installed another version:\n%s", out)
	}
	if out := cli.Must(0, "providers", "-no-color"); !strings.Contains(out, "provider["+address+"] "+version) {
		t.Errorf("the configuration requires another provider:\n%s", out)
	}
	cli.Apply()
	if agent := w.Sim.Requests()[0].UserAgent; !strings.Contains(agent, version) {
		t.Errorf("the User-Agent was %q, want version %s", agent, version)
	}
	cli.EmptyPlan()

	// Another machine has only the lock file. It installs the same archive, and then another archive of the same name.
	again := []string{"init", "-no-color", "-lockfile=readonly"}
	forget(t, cli)
	cli.Must(0, again...)
	forget(t, cli)
	acctest.WriteFile(t, packed, tampered(t, archive))
	if out := cli.Must(1, again...); !acctest.Says("match any of the checksums").MatchString(out) {
		t.Errorf("the CLI rejects the archive for another reason:\n%s", out)
	}
	if after := cli.Read(".terraform.lock.hcl"); after != locked {
		t.Errorf("the lock file has changed to\n%s", after)
	}
}

// Two checkouts in different directories, built with different umasks and time zones, must result in the same archive.
func TestAccBuildsAreReproducible(t *testing.T) {
	goreleaser(t)
	var sums [2]string
	for i, other := range []struct{ umask, zone string }{{"022", "UTC"}, {"077", "Asia/Tokyo"}} {
		source := filepath.Join(t.TempDir(), strings.Repeat("deeper/", i), "checkout")
		run(t, ".", other.umask, nil, "git", "clone", "--quiet", absolute(t, root), source)
		dist := release(t, source, "sbom,sign", other.umask, "TZ="+other.zone)
		sums[i] = sum(t, only(t, dist, project+"_*_"+this+".zip"))
	}
	if sums[0] != sums[1] {
		t.Errorf("one commit results in two archives: %s and %s", sums[0], sums[1])
	}
}

// forget removes everything that init has written except the lock file.
func forget(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	acctest.NoError(t, os.RemoveAll(filepath.Join(cli.Dir(), ".terraform")))
}

// tampered returns the archive with one more byte in each of its files.
func tampered(t *testing.T, path string) string {
	t.Helper()
	var out strings.Builder
	other := zip.NewWriter(&out)
	for _, file := range archived(t, path) {
		to, err := other.CreateHeader(&zip.FileHeader{Name: file.Name, ExternalAttrs: file.ExternalAttrs, Method: zip.Deflate})
		acctest.NoError(t, err)
		if _, err := io.WriteString(to, unzip(t, file)+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	acctest.NoError(t, other.Close())
	return out.String()
}
