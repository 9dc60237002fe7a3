package guides

import (
	"regexp"
	"strings"
	"testing"
)

// What differs between runs, as it looks in a quoted pattern: ids, dates, addresses, and text that a page omits.
var varying = []struct{ shown, seen *regexp.Regexp }{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), regexp.MustCompile(`[0-9a-f-]{36}`)},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d`), regexp.MustCompile(`\d{4}-\d\d-\d\d`)},
	{regexp.MustCompile(`\d+\\\.\d+\\\.\d+\\\.\d+`), regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`)},
	{regexp.MustCompile(`[0-9a-f-]*…`), regexp.MustCompile(`\S+`)},
}

// seen returns a pattern for the lines that a page shows. There may be other lines between them, because pages shorten the
// output. Between words, there may be whatever the CLI prints there.
func seen(lines string) *regexp.Regexp {
	var patterns []string
	for line := range strings.Lines(lines) {
		pattern := regexp.QuoteMeta(strings.Join(strings.Fields(line), " "))
		for _, v := range varying {
			pattern = v.shown.ReplaceAllLiteralString(pattern, v.seen.String())
		}
		patterns = append(patterns, strings.ReplaceAll(pattern, " ", `[\s│╷╵]+`))
	}
	return regexp.MustCompile(`(?s)` + strings.Join(patterns, `.*`))
}

func TestSeen(t *testing.T) {
	shown := "list.a  certificate_id=adb3c273-…   CN=one, until 2027-09-20\n+ id = \"3bf987ac-25fd-4198-9b1d-2f963d94e48e\"\n203.0.113.7 200\n"
	out := "list.a certificate_id=00b3c273-25fd CN=one, until 2030-01-02\nmore\n  + id = \"00f987ac-25fd-4198-9b1d-2f963d94e48e\"\n127.0.0.1 200\n"
	if !seen(shown).MatchString(out) {
		t.Errorf("%s does not match", seen(shown))
	}
	for _, other := range []string{strings.Replace(out, "CN=one", "CN=two", 1), strings.Replace(out, "+ id", "- id", 1), strings.Replace(out, " 200", " 400", 1)} {
		if seen(shown).MatchString(other) {
			t.Errorf("%s matches\n%s", seen(shown), other)
		}
	}
}
