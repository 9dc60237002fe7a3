package prose

import (
	"regexp"
	"strings"
	"testing"
)

// words are patterns for words of our own, and the field's word to use instead. See CONTRIBUTING.md, "Style".
var words = []struct{ not, but string }{
	{`time-outs?`, "timeout"},
	{`what one sees|one sees|one is to see`, "expected output"},
	{`rooms|(?:the|every|each|own|this|other|one|simulator's) room\b(?: that| of|\.|,)`, "package"},
	{`(?:is|are|was|were|be|been|not|never|it) sent again|sends? (?:it |them |a \w+ |the \w+ )?again`, "retry"},
	{`go(?:es)? before`, "take precedence over, override"},
	{`to look whether|looks? whether|looked whether`, "check whether"},
	{`told|tells?`, "report, say, show"},
	{`let(?:s|ting)? go of|let(?:s|ting)? go\b`, "remove from the state, release"},
	{`tak(?:e|es|en|ing) over|took over|takeovers?`, "import, adopt, move"},
	{`anew`, "again; create, recreate, upload again"},
	{`certificates? (?:that )?(?:ends?|has ended|have ended)\b|until (?:it|the certificate) ends`, "expire"},
	{`(?:that is|are|was|came) through\b`, "succeed, finish"},
	{`lines? of \*?(?:ask|look|insist)\*?`, "name the directive"},
	{`no longer time-?out`, "a longer timeout does not help"},
	{`culprits?|fates?|inert|sights?|judges?|judged|learns?|learnt|learned|obeys?|settles?|settled|gathers?|gathered`, "rejected row, same cause, orphaned, snapshot, evaluate, record, wait as asked, resolve, batch"},
	{`(?:only|for|of|by|to|if|hence|that|and|but) who (?:has|have|had|wants?|knows?|uses?|may|can|does|else|is|builds?|removes?|runs?|names?)`, "a noun: users who, clients that"},
	{`Who (?:wants?|knows|uses|has|else|removes|may|can|still|then|names|joins|waits|asks)`, "a noun: users who, clients that"},
	{`whoever else`, "a noun"},
	{`what is there(?: besides)?`, "a noun"},
}

// Pages, texts and comments use the words of the field, so that readers do not have to decode our own.
func TestPlainWords(t *testing.T) {
	patterns := make([]*regexp.Regexp, len(words))
	for i, w := range words {
		spaced := strings.ReplaceAll(w.not, " ", `(?:\s|//)+`) // a sentence may continue on the next line
		patterns[i] = regexp.MustCompile(`(?i)\b(?:` + spaced + `)\b`)
		if strings.HasPrefix(w.not, "Who") {
			patterns[i] = regexp.MustCompile(`(?:^|[.:;|(*]|//|-)\s*(?:` + spaced + `)\b`)
		}
	}
	for _, x := range texts(t) {
		if x.path == "internal/test/prose/words_test.go" {
			continue
		}
		for i, w := range words {
			for _, at := range patterns[i].FindAllStringIndex(x.content, -1) {
				t.Errorf("%s:%d says %q; say: %s", x.path, x.lineOf(at[0]), strings.TrimSpace(x.content[at[0]:at[1]]), w.but)
			}
		}
	}
}
