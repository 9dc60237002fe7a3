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

// An archive that lies in a mirror, as the registries' users and those without a network have it, is
// installed, locked, run, and refused once it is another one.
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
		t.Errorf("the CLI uses another version:\n%s", out)
	}
	if out := cli.Must(0, "providers", "-no-color"); !strings.Contains(out, "provider["+address+"] "+version) {
		t.Errorf("the configuration asks for another provider:\n%s", out)
	}
	cli.Apply()
	if agent := w.Sim.Requests()[0].UserAgent; !strings.Contains(agent, version) {
		t.Errorf("the API was asked by %q, want version %s", agent, version)
	}
	cli.EmptyPlan()

	// The same archive on a machine that has the lock file only, and then another one of the same name.
	again := []string{"init", "-no-color", "-lockfile=readonly"}
	forget(t, cli)
	cli.Must(0, again...)
	forget(t, cli)
	acctest.WriteFile(t, packed, tampered(t, archive))
	if out := cli.Must(1, again...); !acctest.Says("match any of the checksums").MatchString(out) {
		t.Errorf("refused for another reason:\n%s", out)
	}
	if after := cli.Read(".terraform.lock.hcl"); after != locked {
		t.Errorf("the lock file has become\n%s", after)
	}
}

// Two checkouts in two places, built by somebody with another umask and time zone: the same archive.
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
		t.Errorf("one commit, two archives: %s and %s", sums[0], sums[1])
	}
}

// forget removes what init leaves behind, but for the lock file.
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
