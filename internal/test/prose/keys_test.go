package prose

import (
	"regexp"
	"strings"
	"testing"
)

var (
	keyFile     = regexp.MustCompile(`private_key_wo\s*=\s*file\(`)
	keyVariable = regexp.MustCompile(`variable "\w*private_keys?" \{\n(?: [^\n]*\n)*\}`)
)

// Configurations that users copy must need a private key only for an upload. If one reads a key file without a check that it exists, or
// has a key variable without a default, every later plan fails without the key, and so does the destroy.
func TestKeysAreNeededForUploadsOnly(t *testing.T) {
	files, variables := 0, 0
	for _, x := range texts(t) {
		copied := strings.HasPrefix(x.path, "templates/") || strings.HasPrefix(x.path, "examples/") || x.path == "README.md"
		if !copied || strings.Contains(x.content, "ephemeral \"origintls_origin_handshake\"") { // an ephemeral resource needs its key in every run
			continue
		}
		files += strings.Count(x.content, "private_key_wo = fileexists(")
		for _, at := range keyFile.FindAllStringIndex(x.content, -1) {
			t.Errorf("%s:%d reads a key file that may no longer exist: use fileexists(F) ? file(F) : null", x.path, x.lineOf(at[0]))
		}
		for _, at := range keyVariable.FindAllStringIndex(x.content, -1) {
			variables++
			if !regexp.MustCompile(`(?m)^  default +=`).MatchString(x.content[at[0]:at[1]]) {
				t.Errorf("%s:%d has a key without a default: use default = null", x.path, x.lineOf(at[0]))
			}
		}
	}
	if files < 5 || variables < 10 {
		t.Errorf("the test found only %d key files and %d variables", files, variables)
	}
}
