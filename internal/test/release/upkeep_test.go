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

// A tag can be moved to other code, which would then see the signing key; a commit cannot.
func TestActionsAreNamedByCommit(t *testing.T) {
	commit := regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40}$`)
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	acctest.NoError(t, err)
	found := 0
	for _, file := range files {
		for _, match := range used.FindAllStringSubmatch(acctest.ReadFile(t, file), -1) {
			found++
			if local := strings.HasPrefix(match[1], "./"); !local && !commit.MatchString(match[1]) {
				t.Errorf("%s uses %s, which names no commit", filepath.Base(file), match[1])
			} else if !local && !strings.HasPrefix(match[2], " # v") {
				t.Errorf("%s uses %s without a comment that says which version that is", filepath.Base(file), match[1])
			}
		}
	}
	if found == 0 {
		t.Error("no workflow uses any action: the pattern that looks for them is wrong")
	}
}

// A module that Dependabot does not know grows old.
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
		t.Errorf("dependabot.yml has %q, the repository %q", known, modules)
	}
}
