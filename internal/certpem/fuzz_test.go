package certpem_test

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// An accepted bundle has as many certificates as the text has certificate blocks, and its canonical form is the same bundle.
func FuzzParseBundle(f *testing.F) {
	ca := certtest.CA(f, "authority")
	leaf := ca.Issue(f, "leaf").Certificate
	for _, text := range []string{
		leaf + ca.Certificate, "\ufeff" + leaf + "\ufeff" + ca.Certificate, strings.TrimSpace(leaf) + ca.Certificate,
		leaf + strings.Replace(ca.Certificate, "-----BEGIN", "----BEGIN", 1), leaf + strings.Replace(ca.Certificate, "-----BEGIN CERTIFICATE-----\n", "", 1),
		"CA:\n" + strings.ReplaceAll(leaf+ca.Certificate, "\n", "\r\n"), leaf + strings.Replace(ca.Certificate, "BEGIN ", "BEGIN\t", 1),
		leaf + strings.ReplaceAll(ca.Certificate, "-----", "–––––"), leaf + strings.Replace(ca.Certificate, "END CERT", "END\u00a0CERT", 1),
		certtest.Leaf(f, "x").PrivateKey, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bundle, err := certpem.ParseBundle(text)
		if err != nil {
			return
		}
		if n := 1 + len(bundle.Chain); n != blocksIn(text, beginning) || n != blocksIn(text, ending) || n != strings.Count(bundle.PEM(), "-----BEGIN CERTIFICATE-----") {
			t.Errorf("%d of %d certificates are read, and sent as\n%s", n, blocksIn(text, beginning), bundle.PEM())
		}
		again, err := certpem.ParseBundle(bundle.PEM())
		if err != nil || again.Fingerprint() != bundle.Fingerprint() || !again.SameChain(bundle) || certpem.Fingerprint(text) != bundle.Fingerprint() {
			t.Errorf("the canonical form differs: %v", err)
		}
	})
}

var (
	beginning = regexp.MustCompile(`-----BEGIN +CERTIFICATE *-----`)
	ending    = regexp.MustCompile(`-----END +CERTIFICATE *-----`)
)

// blocksIn counts the certificates in a text as a reader would, by the first or last line of each.
func blocksIn(text string, line *regexp.Regexp) int {
	seen := strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return '\n'
		case unicode.IsSpace(r):
			return ' '
		case r < ' ' || r > '~':
			return -1
		}
		return r
	}, text)
	return len(line.FindAllString(seen, -1))
}

// An accepted pair of a certificate and a key is sent in a form that crypto/tls also accepts as a pair.
func FuzzPair(f *testing.F) {
	pair, ca := certtest.Leaf(f, "x"), certtest.CA(f, "authority")
	issued := ca.Issue(f, "leaf")
	f.Add(pair.Certificate, pair.PrivateKey)
	f.Add(issued.Certificate+ca.Certificate, strings.ReplaceAll(issued.PrivateKey, " PRIVATE", " RSA PRIVATE"))
	f.Add(issued.Certificate, sec1(f, issued.Key))
	f.Add("\ufeff"+issued.Certificate, "-----BEGIN EC PARAMETERS-----\nBgg=\n-----END EC PARAMETERS-----\n"+strings.ReplaceAll(sec1(f, issued.Key), "EC PRIVATE", "PRIVATE"))
	f.Add(issued.Certificate, pair.PrivateKey)
	f.Fuzz(func(t *testing.T, certificate, private string) {
		bundle, err := certpem.ParseBundle(certificate)
		if err != nil {
			return
		}
		key, err := certpem.ParseKey(private)
		if err != nil || key.Matches(bundle) != nil {
			return
		}
		sent, err := tls.X509KeyPair([]byte(bundle.PEM()), key.PEM())
		if err != nil {
			t.Fatalf("crypto/tls does not accept the form in which the pair is sent: %v\n%s", err, bundle.PEM())
		}
		if len(sent.Certificate) != 1+len(bundle.Chain) {
			t.Errorf("crypto/tls reads %d certificates of %d", len(sent.Certificate), 1+len(bundle.Chain))
		}
		if strings.Count(string(key.PEM()), "-----BEGIN ") != 1 {
			t.Error("the key is not sent as a single block")
		}
	})
}

func FuzzParseKey(f *testing.F) {
	pair := certtest.Leaf(f, "x")
	f.Add(pair.PrivateKey)
	f.Add(sec1(f, pair.Key))
	f.Add("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n-----END RSA PRIVATE KEY-----\n")
	f.Add("\ufeff" + strings.Replace(pair.PrivateKey, "-----BEGIN", "----BEGIN", 1))
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := certpem.ParseKey(text)
		if err != nil {
			// Whatever the input is, the error must not contain a line of it. Only PEM markers may occur, because errors show them as examples.
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); len(line) >= 16 && !strings.Contains(line, "BEGIN") && strings.Contains(err.Error(), line) {
					t.Errorf("the error repeats %q: %v", line, err)
				}
			}
			return
		}
		if !certpem.MayHoldKey(text) {
			t.Error("MayHoldKey does not recognise the text, which is a key")
		}
		block, _ := pem.Decode(parsed.PEM())
		if block == nil || len(bytes.TrimSpace(block.Bytes)) == 0 {
			t.Error("the canonical form contains no key")
		}
	})
}
