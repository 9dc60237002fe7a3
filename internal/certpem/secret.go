package certpem

import (
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

var (
	namesKey = regexp.MustCompile(`(?i)PRIVATE[^a-z]*KEY|PuTTY-User-Key-File`)

	// labelled matches a block with a certificate's label, complete or cut off.
	labelled = regexp.MustCompile(`(?s)-----BEGIN CERTIFICATE-----(.*?)(-----END CERTIFICATE-----|-----BEGIN|$)`)

	unlabelled = regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}`)
)

// shortest is the number of Base64 digits below which a text cannot be a key.
const shortest = 40

// beginsAsCertificate reports whether a Base64 text begins as the DER of a certificate does: with a sequence, its length in two or three
// bytes, and another sequence. In a key, a version follows. It looks only at the beginning, because the text may be cut off or damaged.
func beginsAsCertificate(body string) bool {
	const sequence = 0x30 // the tag in DER
	head, err := base64.StdEncoding.DecodeString(body[:8])
	if err != nil || len(head) != 6 || head[0] != sequence {
		return false
	}
	return head[1] == 0x81 && head[3] == sequence || head[1] == 0x82 && head[4] == sequence
}

// MayHoldKey reports whether text may contain a private key in any form, even a damaged one: it mentions a key, or it
// contains Base64 text without a certificate's label. If it returns false, the caller may show the text to anybody,
// so it returns true if in doubt.
func MayHoldKey(text string) bool {
	clean := visible(text)
	if namesKey.MatchString(clean) {
		return true
	}
	for _, m := range labelled.FindAllStringSubmatch(clean, -1) {
		body := strings.Join(strings.Fields(m[1]), "")
		der, err := base64.StdEncoding.DecodeString(body)
		if err == nil && keyLabel(der) != "" || len(body) >= shortest && !beginsAsCertificate(body) {
			return true // a key under a certificate's label
		}
	}
	if raw := decodeBase64(strings.TrimSpace(text)); raw != nil {
		if strings.Contains(string(raw), "-----BEGIN ") {
			return MayHoldKey(string(raw))
		}
		_, err := x509.ParseCertificate(raw)
		return err != nil
	}
	return slices.ContainsFunc(unlabelled.FindAllString(labelled.ReplaceAllString(clean, ""), -1), mixed)
}
