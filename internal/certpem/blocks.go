package certpem

import (
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Limits of the input. A leaf with its chain has a few KiB. The limits make sure that a wrong file, such as a trust store or a
// disk image, is rejected quickly.
const (
	maxBytes  = 1 << 20
	maxBlocks = 100
)

// decode returns the PEM blocks of text, at least one. pem.Decode skips blocks that it cannot read, so a bundle would
// silently lose a certificate. Therefore, anything that may be a block but cannot be read is an error.
func decode(text string) ([]*pem.Block, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("it is larger than %d KiB", maxBytes>>10)
	}
	if isUTF16(text) {
		return nil, errors.New("the text is in UTF-16; save the file as UTF-8")
	}
	s := scan(text)
	if s.seen() > maxBlocks {
		return nil, fmt.Errorf("it contains more than %d PEM blocks", maxBlocks)
	}
	if s.trouble == "" && len(s.blocks) > 0 {
		return s.blocks, nil
	}
	why := mistaken(text)
	switch {
	case s.markers() == 0 && why != "":
		return nil, errors.New(why)
	case s.markers() == 0 && strings.TrimSpace(text) == "":
		return nil, errors.New("it is empty: it contains no PEM block (-----BEGIN …-----)")
	case s.markers() == 0:
		return nil, errors.New("it contains no PEM block (-----BEGIN …-----); a PEM text is expected, not DER or a file name")
	case why == "":
		why = s.trouble
	}
	return nil, fmt.Errorf("it has %d PEM block(s), of which only %d can be read: %s", s.seen(), len(s.blocks), why)
}

// scanner reads a text line by line and collects its PEM blocks.
type scanner struct {
	blocks       []*pem.Block
	begins, ends int    // number of lines that are, or resemble, the first or last line of a block
	trouble      string // the first reason why a block cannot be read
	number       int    // of the current line

	inside bool
	label  string // of the current block
	body   strings.Builder

	loose     []string // consecutive lines of Base64 outside any block
	looseFrom int      // the number of the first of these lines
}

// scan reads as many blocks of text as possible.
func scan(text string) *scanner {
	s := &scanner{}
	for line := range strings.Lines(visible(text)) {
		s.number++
		// If blocks were joined without a line end, the END and the BEGIN line are one line here. Separate them.
		for part := range strings.Lines(glued.ReplaceAllString(line, "-----\n-----BEGIN ")) {
			s.line(strings.TrimSpace(part))
		}
	}
	s.flush()
	if s.inside {
		s.fail(cutOff)
	}
	return s
}

const cutOff = "a block is cut off or damaged"

var glued = regexp.MustCompile(`----- *-----BEGIN `)

// visible removes invisible characters that editors, heredocs and copying leave behind: byte-order marks, characters
// without width, marks of writing direction, NUL. It replaces all kinds of line ends by \n, and all other white space
// by spaces.
func visible(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0, unicode.In(r, unicode.Cf, unicode.Variation_Selector), r == '\u034f':
			return -1
		case strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r):
			return '\n'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
}

func (s *scanner) line(line string) {
	if m := marker.FindStringSubmatch(line); m != nil {
		s.marker(m[1], strings.Join(strings.Fields(m[2]), " "))
		return
	}
	if end, odd := resembles(line); odd {
		s.flush()
		if end {
			s.ends++
		} else {
			s.begins++
		}
		s.inside = false
		s.fail(fmt.Sprintf("line %d resembles a BEGIN or END line but is not one; a correct line is, for example, -----BEGIN CERTIFICATE-----, "+
			"with five hyphens at each end and nothing else", s.number))
		return
	}
	switch {
	case s.inside:
		s.body.WriteString(line + "\n")
	case base64Line.MatchString(line):
		if len(s.loose) == 0 {
			s.looseFrom = s.number
		}
		s.loose = append(s.loose, line)
	default:
		s.flush()
		if base64Within(line) >= 100 { // a shorter text may be a fingerprint
			s.fail(looseText(s.number))
		}
	}
}

// marker handles a line that begins or ends a block.
func (s *scanner) marker(which, label string) {
	s.flush()
	if which == "BEGIN" {
		s.begins++
		if s.inside {
			s.fail(cutOff)
		}
		s.inside, s.label = true, label
		s.body.Reset()
		return
	}
	s.ends++
	if !s.inside || s.label != label {
		s.fail(cutOff)
		s.inside = false
		return
	}
	s.inside = false
	block, _ := pem.Decode([]byte("-----BEGIN " + label + "-----\n" + s.body.String() + "-----END " + label + "-----\n"))
	if block == nil {
		s.fail(cutOff)
		return
	}
	s.blocks = append(s.blocks, block)
}

// flush checks the lines of Base64 that were found outside any block. They may be a fingerprint, but must not be the
// body of a block.
func (s *scanner) flush() {
	if joined := strings.Join(s.loose, ""); looksLikeBase64(joined) {
		s.fail(looseText(s.looseFrom))
	}
	s.loose = nil
}

func looseText(line int) string {
	return fmt.Sprintf("the Base64 text in line %d belongs to no block: its BEGIN line is missing or cannot be recognised", line)
}

func (s *scanner) fail(why string) {
	if s.trouble == "" {
		s.trouble = why
	}
}

// markers returns the number of blocks according to their BEGIN and END lines.
func (s *scanner) markers() int { return max(s.begins, s.ends) }

// seen returns the number of blocks, whether they can be read or not.
func (s *scanner) seen() int {
	if s.trouble != "" {
		return max(s.markers(), len(s.blocks)+1)
	}
	return s.markers()
}

var (
	marker = regexp.MustCompile(`^-----(BEGIN|END) +([A-Z][A-Z0-9 #]{0,50})-----$`)

	// anywhere matches a marker that shares its line with other text, or whose label no block has.
	anywhere = regexp.MustCompile(`-----(BEGIN|END)\b`)

	// These match a marker with other hyphens, in lower case, or without hyphens. They do not match a comment such as
	// "--- end entity ---".
	label    = `(?:(?:rsa|ec|dsa|dh|encrypted|openssh|any|trusted|x\.?509|new|public|private|ed25519|ssh2) *)*(?:certificate|cert|key|parameters|crl|pkcs *#?7|cms)\b`
	hyphens  = `[-\x{2010}-\x{2015}\x{2212}\x{FE58}\x{FE63}\x{FF0D}]`
	likeness = regexp.MustCompile(`(?i)` + hyphens + ` *(begin|end)[ _]*` + label + `|\b(begin|end)[ _]*` + label + `[a-z ]*` + hyphens)
	bare     = regexp.MustCompile(`^\W*(BEGIN|END) +(?i:` + label + `)\W*$`)

	base64Line = regexp.MustCompile(`^[A-Za-z0-9+/]{16,}={0,2}$|^[A-Za-z0-9+/]{1,15}={1,2}$`)
	base64Run  = regexp.MustCompile(`[A-Za-z0-9+/]{60,}`)
)

// resembles reports whether a line was intended to begin or end a block, and which of the two.
func resembles(line string) (end, odd bool) {
	for _, re := range []*regexp.Regexp{anywhere, likeness, bare} {
		if m := re.FindStringSubmatch(line); m != nil {
			return strings.EqualFold(strings.Join(m[1:], ""), "end"), true // only one of the groups has matched
		}
	}
	return false, false
}

// looksLikeBase64 reports whether text may be the body of a block. A hexadecimal number or a path is not.
func looksLikeBase64(text string) bool { return len(text) >= 60 && mixed(text) }

// mixed reports whether text contains capitals, small letters and digits. Base64 text of some length always does.
func mixed(text string) bool {
	return strings.ContainsFunc(text, unicode.IsUpper) && strings.ContainsFunc(text, unicode.IsLower) &&
		strings.ContainsFunc(text, unicode.IsDigit)
}

// base64Within returns the total length of the words in a line that look like Base64.
func base64Within(line string) (n int) {
	for _, run := range base64Run.FindAllString(line, -1) {
		if looksLikeBase64(run) {
			n += len(run)
		}
	}
	return n
}
