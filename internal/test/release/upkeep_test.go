package release

import (
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

var used = regexp.MustCompile(`(?m)^[ -]+uses: (\S+)(.*)$`)

// Workflows name actions by commit. A tag can be moved to other code, which would then have access to the signing key.
func TestActionsAreNamedByCommit(t *testing.T) {
	commit := regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40}$`)
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	acctest.NoError(t, err)
	found := 0
	for _, file := range files {
		for _, match := range used.FindAllStringSubmatch(acctest.ReadFile(t, file), -1) {
			found++
			if local := strings.HasPrefix(match[1], "./"); !local && !commit.MatchString(match[1]) {
				t.Errorf("%s uses %s, which is not pinned to a commit", filepath.Base(file), match[1])
			} else if !local && !strings.HasPrefix(match[2], " # v") {
				t.Errorf("%s uses %s without a comment that names the version", filepath.Base(file), match[1])
			}
		}
	}
	if found == 0 {
		t.Error("no workflow uses any action, so the pattern that searches for them is wrong")
	}
}

// Dependabot must know every module, or the dependencies of that module are not updated.
func TestDependabotKnowsEveryModule(t *testing.T) {
	list := exec.Command("git", "ls-files", "go.mod", "*/go.mod")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skipf("needs a git checkout: %v", err)
	}
	var modules, known []string
	for file := range strings.FieldsSeq(string(out)) {
		modules = append(modules, path.Join("/", path.Dir(file)))
	}
	entry := regexp.MustCompile(`package-ecosystem: gomod\n +directory: (\S+)`)
	for _, match := range entry.FindAllStringSubmatch(acctest.ReadFile(t, filepath.Join(root, ".github", "dependabot.yml")), -1) {
		known = append(known, match[1])
	}
	slices.Sort(modules)
	slices.Sort(known)
	if !slices.Equal(modules, known) {
		t.Errorf("dependabot.yml has %q, and the repository has %q", known, modules)
	}
}
