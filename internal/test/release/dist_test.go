package release

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The registries read the protocol of the provider from the manifest, without running the provider.
func TestManifestNamesTheProtocol(t *testing.T) {
	var manifest struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	acctest.NoError(t, json.Unmarshal([]byte(acctest.ReadFile(t, filepath.Join(root, "terraform-registry-manifest.json"))), &manifest))
	// main.go serves protocol 6. The registries call it 6.0.
	if got := fmt.Sprint(manifest.Version, manifest.Metadata.ProtocolVersions); got != "1 [6.0]" {
		t.Errorf("version and protocols are %s", got)
	}
}

// make snapshot sets ORIGINTLS_DIST after it has filled dist/.
func TestSnapshot(t *testing.T) {
	dist := os.Getenv("ORIGINTLS_DIST")
	if dist == "" {
		t.Skip("checks the output of make snapshot, which runs this test at its end")
	}
	holds(t, dist, platforms)
	boms, err := filepath.Glob(filepath.Join(dist, "*.sbom.json"))
	acctest.NoError(t, err)
	if len(boms) == 0 {
		t.Log("the snapshot has no bills of materials")
		return
	}
	if len(boms) != 2*len(platforms) {
		t.Errorf("%d bills of materials for %d archives", len(boms), 2*len(platforms))
	}
	for _, path := range boms {
		listsWhatIsLinked(t, path, strings.TrimSuffix(path, ".sbom.json"))
	}
}

// listsWhatIsLinked fails the test unless a bill of materials lists the modules of the binary in an archive, with the versions from
// which the binary was built.
func listsWhatIsLinked(t *testing.T, bom, archive string) {
	t.Helper()
	var document struct {
		Packages []struct {
			Name    string
			Version string `json:"versionInfo"`
		}
	}
	acctest.NoError(t, json.Unmarshal([]byte(acctest.ReadFile(t, bom)), &document))
	listed := map[string]string{}
	for _, p := range document.Packages {
		listed[p.Name] = p.Version
	}
	files := archived(t, archive)
	binary := filepath.Join(t.TempDir(), "provider")
	acctest.WriteFile(t, binary, unzip(t, files[len(files)-1]))
	modules := linked(t, binary)
	if strings.HasPrefix(filepath.Base(archive), project) && len(modules) < 20 {
		t.Errorf("%s has only %d modules", filepath.Base(archive), len(modules))
	}
	for module, version := range modules {
		if listed[module] != version {
			t.Errorf("%s lists %q of %s, but the binary was built from %s", filepath.Base(bom), listed[module], module, version)
		}
	}
}

// version returns the version of the release in the folder.
func version(t *testing.T, dist string) string {
	t.Helper()
	var metadata struct{ Version string }
	acctest.NoError(t, json.Unmarshal([]byte(acctest.ReadFile(t, filepath.Join(dist, "metadata.json"))), &metadata))
	return metadata.Version
}

// holds fails the test unless the folder has what the registries require for these platforms: the names, the checksums and the
// archives.
func holds(t *testing.T, dist string, platforms []string) {
	t.Helper()
	stem := project + "_" + version(t, dist)
	want := map[string]string{stem + "_manifest.json": sum(t, filepath.Join(root, "terraform-registry-manifest.json"))}
	for _, platform := range platforms {
		simulator := "origintls-simulator_" + version(t, dist) + "_" + platform + ".zip"
		want[simulator] = sum(t, filepath.Join(dist, simulator))
		holdsProgram(t, filepath.Join(dist, simulator), platform, "origintls-simulator", "origintls-simulator "+version(t, dist))
		name := stem + "_" + platform + ".zip"
		want[name] = sum(t, filepath.Join(dist, name))
		holdsProgram(t, filepath.Join(dist, name), platform, project+"_v"+version(t, dist), version(t, dist))
	}
	got := map[string]string{}
	for line := range strings.Lines(acctest.ReadFile(t, filepath.Join(dist, stem+"_SHA256SUMS"))) {
		hash, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if strings.HasSuffix(name, ".sbom.json") {
			if hash != sum(t, filepath.Join(dist, name)) {
				t.Errorf("the checksum of %s is wrong", name)
			}
			continue
		}
		got[name] = hash
	}
	if !maps.Equal(got, want) {
		t.Errorf("SHA256SUMS has\n%v, want\n%v", got, want)
	}
}

// holdsProgram fails the test unless the archive contains the executable program with its name, the licence, and nothing else. The
// program of this platform must answer -version with says.
func holdsProgram(t *testing.T, path, platform, binary, says string) {
	t.Helper()
	if strings.HasPrefix(platform, "windows_") {
		binary += ".exe"
	}
	files := archived(t, path)
	var got []string
	for _, file := range files {
		got = append(got, fmt.Sprintf("%s %v", file.Name, file.Mode()))
	}
	if want := []string{"LICENSE -rw-r--r--", binary + " -rwxr-xr-x"}; !slices.Equal(got, want) {
		t.Fatalf("%s contains %q, want %q", filepath.Base(path), got, want)
	}
	if platform != this {
		return
	}
	program := filepath.Join(t.TempDir(), binary)
	acctest.WriteFile(t, program, unzip(t, files[len(files)-1]))
	out, err := exec.Command(program, "-version").Output()
	if err != nil || strings.TrimSpace(string(out)) != says {
		t.Errorf("%s in %s reports the version %q (%v), want %q", binary, path, out, err, says)
	}
}

func sum(t *testing.T, path string) string {
	t.Helper()
	return fmt.Sprintf("%x", sha256.Sum256([]byte(acctest.ReadFile(t, path))))
}
