package certpem_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The error about a damaged text says how many blocks it has, how many of them can be read, and what is wrong with the first of the others.
func TestParseCertificates_Damaged(t *testing.T) {
	pair := certtest.Leaf(t, "leaf")
	cert := pair.Certificate
	lines := strings.SplitAfter(cert, "\n")
	height := len(lines) - 1
	begin, body, end := lines[0], strings.Join(lines[1:height-1], ""), lines[height-1]
	mixed := func(n int) string { return strings.Repeat("aB3", n)[:n] } // text that looks like Base64
	const cutOff = "a block is cut off or damaged"
	odd := func(line int) string {
		return fmt.Sprintf("line %d resembles a BEGIN or END line but is not one; a correct line is, for example, -----BEGIN CERTIFICATE-----, with five hyphens at each end and nothing else", line)
	}
	loose := func(line int) string {
		return fmt.Sprintf("the Base64 text in line %d belongs to no block: its BEGIN line is missing or cannot be recognised", line)
	}
	for name, c := range map[string]struct {
		text       string
		seen, read int
		why        string
	}{
		"a body without its lines, behind":    {cert + body, 2, 1, loose(height + 1)},
		"a body without its lines, before":    {body + cert, 2, 1, loose(1)},
		"a body without its BEGIN line":       {body + end, 1, 0, loose(1)},
		"a body with an END line of 4":        {body + end[1:], 1, 0, loose(1)},
		"a BEGIN line of 4 hyphens":           {begin[1:] + body + end, 1, 0, odd(1)},
		"an END line of 4 hyphens":            {begin + body + end[1:], 1, 0, odd(height)},
		"an END line without the first":       {begin + body + end[5:], 1, 0, odd(height)},
		"a BEGIN line of 4, cut off":          {begin[1:] + lines[1], 1, 0, odd(1)},
		"END lines of 4, alone":               {end[1:] + end[1:], 2, 0, odd(1)},
		"an END line of 4 behind BEGIN":       {begin + end[1:] + body + end, 2, 0, odd(2)},
		"CRLF, and text before a BEGIN line":  {strings.ReplaceAll(cert+"CA: "+cert, "\n", "\r\n"), 2, 1, odd(height + 1)},
		"an END line alone":                   {end, 1, 0, cutOff},
		"two END lines":                       {cert + end, 2, 1, cutOff},
		"an END line of another kind":         {begin + body + "-----END X509 CRL-----\n", 1, 0, cutOff},
		"an END line of another kind, and it": {begin + body + "-----END X509 CRL-----\n" + end, 2, 0, cutOff},
		"cut off, a sound one behind":         {begin + body + cert, 2, 1, cutOff},
		"60 characters":                       {cert + mixed(60), 2, 1, loose(height + 1)},
		"100 characters behind text":          {cert + "x: " + mixed(100) + "\n", 2, 1, loose(height + 1)},
		"twice 60 characters behind text":     {cert + "x: " + mixed(60) + " " + mixed(60) + "\n", 2, 1, loose(height + 1)},
	} {
		t.Run(name, func(t *testing.T) {
			want := fmt.Sprintf("it has %d PEM block(s), of which only %d can be read: %s", c.seen, c.read, c.why)
			if _, err := certpem.ParseCertificates(c.text); err == nil || err.Error() != want {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
	for name, text := range map[string]string{
		"1 MiB":                         cert + strings.Repeat(" ", 1<<20-len(cert)),
		"100 blocks":                    strings.Repeat(cert, 100),
		"a tab in the BEGIN line":       strings.Replace(cert, "BEGIN ", "BEGIN\t", 1),
		"59 characters":                 cert + mixed(59),
		"short Base64 texts":            mixed(42) + "\n" + cert + mixed(42) + "\nand\n" + mixed(42) + "\n",
		"99 characters behind text":     cert + "x: " + mixed(99) + "\n",
		"hexadecimal numbers":           cert + strings.Repeat("a3", 32) + "\nand\n" + strings.Repeat("A3", 32) + "\n",
		"a hexadecimal number in text":  cert + "x: " + strings.Repeat("a3", 64) + "\n",
		"60 letters":                    cert + strings.Repeat("aB", 30),
		"an empty line and white space": "\n \t\n" + cert + "\v\f",
	} {
		t.Run(name, func(t *testing.T) {
			if certs, err := certpem.ParseCertificates(text); err != nil || !certs[0].Equal(pair.Leaf) {
				t.Errorf("error %v, want the certificate", err)
			}
		})
	}
}
