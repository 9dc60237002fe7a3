// Package certpem reads the PEM texts that users hand to the provider: certificates with the leaf
// first, and private keys. It says in words what is wrong with them, and never repeats their content:
// an error about a key must not hold a line of it.
package certpem

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Limits of what is looked at. A leaf with its chain is a few KiB; these keep a wrong file (a trust
// store, a disk image) from costing time.
const (
	maxBytes  = 1 << 20
	maxBlocks = 100
)

// minRSABits is what is no longer called weak: https://csrc.nist.gov/pubs/sp/800/131/a/r2/final
const minRSABits = 2048

const certificateType = "CERTIFICATE" // of a PEM block

// Bundle is a certificate with the intermediates that follow it.
type Bundle struct {
	Leaf  *x509.Certificate
	Chain []*x509.Certificate // without the leaf, in the order given
}

// ParseBundle reads a client certificate: the leaf first, intermediates may follow. Text around the
// blocks, line ends and indentation do not matter. A CA certificate in the leaf's place is refused:
// Cloudflare answers "missing leaf certificate" to it (api-behaviour.md section 8).
func ParseBundle(text string) (*Bundle, error) {
	certs, err := ParseCertificates(text)
	if err != nil {
		return nil, err
	}
	if isCA(certs[0]) {
		return nil, caFirst(certs)
	}
	return &Bundle{Leaf: certs[0], Chain: certs[1:]}, nil
}

// ParseCertificates reads certificates, whatever they are for. There is at least one.
func ParseCertificates(text string) ([]*x509.Certificate, error) {
	blocks, err := decode(text)
	if err != nil {
		return nil, err
	}
	certs := make([]*x509.Certificate, 0, len(blocks))
	for i, block := range blocks {
		if block.Type != certificateType {
			return nil, wrongCertificateBlock(i, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("block %d is not a valid X.509 certificate: %w", i+1, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

func wrongCertificateBlock(i int, kind string) error {
	if strings.HasSuffix(kind, "PRIVATE KEY") {
		return fmt.Errorf("block %d is a private key; only certificates belong here", i+1)
	}
	return fmt.Errorf("block %d is a %s, not a CERTIFICATE", i+1, shorten(kind))
}

func caFirst(certs []*x509.Certificate) error {
	for i, cert := range certs {
		if !isCA(cert) {
			return fmt.Errorf("the leaf certificate must come first: block 1 is a CA certificate, the leaf is block %d", i+1)
		}
	}
	return errors.New("it is a CA certificate: Cloudflare needs a leaf certificate to present, such as one that this CA has issued")
}

func isCA(cert *x509.Certificate) bool { return cert.BasicConstraintsValid && cert.IsCA }

// PEM returns the bundle as it is sent: its blocks alone, in canonical form.
func (b *Bundle) PEM() string {
	var out bytes.Buffer
	for _, cert := range append([]*x509.Certificate{b.Leaf}, b.Chain...) {
		_ = pem.Encode(&out, &pem.Block{Type: certificateType, Bytes: cert.Raw}) // a Buffer takes every write
	}
	return out.String()
}

// Weakness says in words why the leaf's key is weak, or "".
func (b *Bundle) Weakness() string {
	if key, ok := b.Leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < minRSABits {
		return fmt.Sprintf("RSA with %d bits", key.N.BitLen())
	}
	return ""
}

// Fingerprint returns the SHA-256 of the leaf's DER in lower-case hex.
func (b *Bundle) Fingerprint() string { return fingerprint(b.Leaf.Raw) }

// SameChain reports whether two bundles hold the same intermediates in the same order.
func (b *Bundle) SameChain(other *Bundle) bool {
	if len(b.Chain) != len(other.Chain) {
		return false
	}
	for i := range b.Chain {
		if !b.Chain[i].Equal(other.Chain[i]) {
			return false
		}
	}
	return true
}

// Fingerprint returns the SHA-256 of the DER of the first certificate in text, or "" if there is none.
// It is for texts that the API has accepted, so it asks for nothing but PEM.
func Fingerprint(text string) string {
	blocks, err := decode(text)
	if err != nil || blocks[0].Type != certificateType {
		return ""
	}
	return fingerprint(blocks[0].Bytes)
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// decode returns the PEM blocks of text, at least one.
func decode(text string) ([]*pem.Block, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("it is larger than %d KiB", maxBytes>>10)
	}
	clean, begins := tidy(text)
	switch {
	case begins == 0:
		if why := mistaken(text); why != "" {
			return nil, errors.New(why)
		}
		return nil, errors.New("it holds no PEM block (-----BEGIN …-----); a PEM text is expected, not DER or a file name")
	case begins > maxBlocks:
		return nil, fmt.Errorf("it holds more than %d PEM blocks", maxBlocks)
	}
	var blocks []*pem.Block
	for rest := clean; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		blocks = append(blocks, block)
	}
	// pem.Decode passes over what it cannot read, which would hide a damaged block behind a sound one.
	if len(blocks) != begins {
		why := mistaken(text)
		if why == "" {
			why = "a block is cut off or damaged"
		}
		return nil, fmt.Errorf("it has %d PEM block(s) of which only %d can be read: %s", begins, len(blocks), why)
	}
	return blocks, nil
}

// unseen are characters that editors leave and nobody sees: line ends of old Macs become those of today, byte-order
// marks and characters without width vanish. Blocks that were put together without a line end between them are
// taken apart.
var unseen = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "",
	"----------BEGIN ", "-----\n-----BEGIN ")

// tidy strips what no reader sees and white space from both ends of each line, as heredocs and Windows editors leave
// it, and counts the beginnings of blocks, wherever in a line they are.
func tidy(text string) (clean []byte, begins int) {
	var out bytes.Buffer
	out.Grow(len(text))
	for line := range strings.Lines(unseen.Replace(text)) {
		line = strings.TrimSpace(line)
		begins += strings.Count(line, "-----BEGIN ")
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return out.Bytes(), begins
}

// mistaken says what a text is that was meant to be PEM, and what to do about it; "" if that is not clear. It
// repeats nothing of the text.
func mistaken(text string) string {
	switch trimmed := strings.TrimSpace(text); {
	case strings.Contains(text, "-\x00-\x00") || strings.Contains(text, "\x00-\x00-"):
		return "the text is in UTF-16; save the file as UTF-8"
	case strings.Contains(text, `-----\n`) || strings.Contains(text, `\n-----`):
		return `its line ends are written as \n, a backslash and an n; turn them into line ends with replace(x, "\\n", "\n")`
	case strings.HasPrefix(trimmed, `"`) || strings.HasPrefix(trimmed, "'"):
		return "there are quotation marks around it; take them away, for example with trim(x, \"\\\"'\")"
	case isBase64OfPEM(trimmed):
		return "it is the Base64 form of a PEM text; decode it with base64decode()"
	case strings.Contains(trimmed, "-----BEGIN ") && !strings.Contains(trimmed, "\n"):
		return "all of it is in one line; the line ends of a PEM text have to stay"
	case trimmed != "" && len(trimmed) < 260 && !strings.ContainsAny(trimmed, " \n") && namesFile.MatchString(trimmed):
		return "it looks like the name of a file; read the file with file()"
	default:
		return ""
	}
}

var namesFile = regexp.MustCompile(`(?i)(^[./~]|^[a-z]:\\).*[/\\]|\.(pem|crt|cer|key|der|p12|pfx|txt)$`)

func isBase64OfPEM(text string) bool {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	return err == nil && bytes.Contains(raw, []byte("-----BEGIN "))
}

// shorten keeps a block type that is no type (binary noise) from filling an error.
func shorten(kind string) string {
	if len(kind) > 40 {
		kind = kind[:40] + "…"
	}
	return fmt.Sprintf("%q block", kind)
}

// ParseFirst reads the first certificate in text, whatever it is for.
func ParseFirst(text string) (*x509.Certificate, error) {
	blocks, err := decode(text)
	if err != nil {
		return nil, err
	}
	if blocks[0].Type != certificateType {
		return nil, wrongCertificateBlock(0, blocks[0].Type)
	}
	cert, err := x509.ParseCertificate(blocks[0].Bytes)
	if err != nil {
		return nil, fmt.Errorf("block 1 is not a valid X.509 certificate: %w", err)
	}
	return cert, nil
}
