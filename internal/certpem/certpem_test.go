package certpem_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestParseBundle(t *testing.T) {
	ca := certtest.CA(t, "authority")
	leaf := ca.Issue(t, "leaf")
	plain := certtest.Leaf(t, "self-signed")
	damaged := strings.Replace(plain.Certificate, "MII", "M!I", 1)
	indented := "  " + strings.ReplaceAll(leaf.Certificate, "\n", "\n  ")
	for name, c := range map[string]struct {
		text, err string
		chain     int
	}{
		"self-signed leaf":             {text: plain.Certificate},
		"leaf and issuer":              {text: leaf.Certificate + ca.Certificate, chain: 1},
		"CRLF":                         {text: strings.ReplaceAll(leaf.Certificate, "\n", "\r\n")},
		"text around":                  {text: "subject=CN = leaf\n" + leaf.Certificate + "\nissuer=CN = authority\n" + ca.Certificate, chain: 1},
		"indented by a heredoc":        {text: indented},
		"CR alone":                     {text: strings.ReplaceAll(leaf.Certificate, "\n", "\r")},
		"byte-order mark":              {text: "\ufeff" + leaf.Certificate},
		"mark between the blocks":      {text: leaf.Certificate + "\ufeff" + ca.Certificate, chain: 1},
		"characters without width":     {text: "\u200b" + leaf.Certificate + "\u2060\u200d" + ca.Certificate, chain: 1},
		"blocks glued together":        {text: strings.TrimSpace(leaf.Certificate) + ca.Certificate, chain: 1},
		"text before BEGIN":            {text: leaf.Certificate + "CA: " + ca.Certificate, err: "it has 2 PEM block(s), of which only 1 can be read: line 12 resembles a BEGIN or END line but is not one; a correct line is, for example, -----BEGIN CERTIFICATE-----, with five hyphens at each end and nothing else"},
		"UTF-16":                       {text: "-\x00" + strings.Join(strings.Split(leaf.Certificate, ""), "\x00"), err: "the text is in UTF-16; save the file as UTF-8"},
		"line ends written as \\n":     {text: strings.ReplaceAll(leaf.Certificate, "\n", `\n`), err: `it has 1 PEM block(s), of which only 0 can be read: its line ends are written as \n, a backslash and an n; turn them into line ends with replace(x, "\\n", "\n")`},
		"spaces for line ends":         {text: strings.ReplaceAll(strings.TrimSpace(leaf.Certificate), "\n", " "), err: "it has 1 PEM block(s), of which only 0 can be read: all of it is in one line, but a PEM text needs its line ends. A shell replaces them if a variable is not quoted. To restore them: replace(x, \"/ *(-----(BEGIN|END) [A-Z0-9 ]+-----) */\", \"\\n$1\\n\")"},
		"in quotation marks":           {text: `"` + leaf.Certificate + `"`, err: `it has 1 PEM block(s), of which only 0 can be read: there are quotation marks around it; remove them, for example with trim(x, "\"'")`},
		"Base64 of a PEM text":         {text: base64.StdEncoding.EncodeToString([]byte(leaf.Certificate)), err: "it is the Base64 form of a PEM text; decode it with base64decode()"},
		"a file's name":                {text: "certs/client.pem", err: "it looks like the name of a file; read the file with file()"},
		"empty":                        {text: "", err: "it is empty: it contains no PEM block (-----BEGIN …-----)"},
		"a word":                       {text: "hello", err: "it contains no PEM block (-----BEGIN …-----); a PEM text is expected, not DER or a file name"},
		"binary noise":                 {text: string([]byte{0x30, 0x82, 0, 0xff, 0xfe}), err: "it contains no PEM block (-----BEGIN …-----); a PEM text is expected, not DER or a file name"},
		"a CA":                         {text: ca.Certificate, err: "it is a CA certificate: Cloudflare needs a leaf certificate, such as one that this CA has issued, and refuses this one (1412, \"Only leaf certificate is allowed.\")"},
		"CA before leaf":               {text: ca.Certificate + leaf.Certificate, err: "the leaf certificate must come first: block 1 is a CA certificate, and the leaf is block 2"},
		"a private key":                {text: plain.PrivateKey, err: "block 1 is a private key, but only certificates are allowed here"},
		"a key behind the leaf":        {text: plain.Certificate + plain.PrivateKey, err: "block 2 is a private key, but only certificates are allowed here"},
		"a request":                    {text: certtest.Encode("CERTIFICATE REQUEST", []byte("x")), err: `block 1 is a "CERTIFICATE REQUEST" block, not a CERTIFICATE: let a CA sign the request, and use the certificate that it issues`},
		"a new request":                {text: certtest.Encode("NEW CERTIFICATE REQUEST", []byte("x")), err: `block 1 is a "NEW CERTIFICATE REQUEST" block, not a CERTIFICATE: let a CA sign the request, and use the certificate that it issues`},
		"a trusted certificate":        {text: certtest.Encode("TRUSTED CERTIFICATE", []byte("x")), err: "block 1 is a \"TRUSTED CERTIFICATE\" block, not a CERTIFICATE: convert it with `openssl x509 -in FILE`"},
		"PKCS#7":                       {text: certtest.Encode("PKCS7", []byte("x")), err: "block 1 is a \"PKCS7\" block, not a CERTIFICATE: convert it with `openssl pkcs7 -print_certs -in FILE`"},
		"a public key behind the leaf": {text: leaf.Certificate + certtest.Encode("PUBLIC KEY", []byte("x")), err: `block 2 is a "PUBLIC KEY" block, not a CERTIFICATE`},
		"white space":                  {text: " \n\t", err: "it is empty: it contains no PEM block (-----BEGIN …-----)"},
		"no DER behind the leaf":       {text: leaf.Certificate + certtest.Encode("CERTIFICATE", []byte("x")), err: "block 2 is not a valid X.509 certificate: x509: malformed certificate"},
		"no DER":                       {text: certtest.Encode("CERTIFICATE", []byte("x")), err: "block 1 is not a valid X.509 certificate: x509: malformed certificate"},
		"cut off":                      {text: plain.Certificate[:200], err: "it has 1 PEM block(s), of which only 0 can be read: a block is cut off or damaged"},
		"damaged, a sound one behind":  {text: damaged + leaf.Certificate, err: "it has 2 PEM block(s), of which only 1 can be read: a block is cut off or damaged"},
		"2 MiB":                        {text: strings.Repeat("x", 2<<20), err: "it is larger than 1024 KiB"},
		"10,000 blocks":                {text: strings.Repeat("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", 10000), err: "it contains more than 100 PEM blocks"},
		"a byte more than 1 MiB":       {text: strings.Repeat(" ", 1<<20+1), err: "it is larger than 1024 KiB"},
		"101 blocks":                   {text: strings.Repeat(leaf.Certificate, 101), err: "it contains more than 100 PEM blocks"},
		"10,000 beginnings":            {text: strings.Repeat("-----BEGIN CERTIFICATE-----\n", 10000), err: "it contains more than 100 PEM blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			bundle, err := certpem.ParseBundle(c.text)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(bundle.Chain) != c.chain {
				t.Errorf("%d intermediates, want %d", len(bundle.Chain), c.chain)
			}
			again, err := certpem.ParseBundle(bundle.PEM())
			if err != nil || !again.Leaf.Equal(bundle.Leaf) || !again.SameChain(bundle) {
				t.Errorf("the canonical form is a different bundle: %v", err)
			}
			if certpem.Fingerprint(c.text) != bundle.Fingerprint() || len(bundle.Fingerprint()) != 64 {
				t.Errorf("fingerprints %q and %q", certpem.Fingerprint(c.text), bundle.Fingerprint())
			}
		})
	}
}

func TestParseFirst(t *testing.T) {
	ca, leaf := certtest.CA(t, "ca"), certtest.Leaf(t, "leaf")
	junk := certtest.Encode("CERTIFICATE", []byte("x"))
	for name, c := range map[string]struct {
		text, err string
		want      certtest.Pair
	}{
		"a CA":                  {text: ca.Certificate + leaf.Certificate, want: ca},
		"a key before":          {text: leaf.PrivateKey + leaf.Certificate, want: leaf},
		"a key and junk behind": {text: leaf.Certificate + leaf.PrivateKey + junk, want: leaf},
		"a key":                 {text: leaf.PrivateKey, err: "block 1 is a private key, but only certificates are allowed here"},
		"no DER":                {text: leaf.PrivateKey + junk, err: "block 2 is not a valid X.509 certificate: x509: malformed certificate"},
		"a word":                {text: "hello", err: "it contains no PEM block (-----BEGIN …-----); a PEM text is expected, not DER or a file name"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, err := certpem.ParseFirst(c.text)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || !cert.Equal(c.want.Leaf) {
				t.Errorf("error %v, want the certificate of %s", err, c.want.Leaf.Subject)
			}
			if got, want := certpem.Fingerprint(c.text), certpem.Fingerprint(c.want.Certificate); got != want {
				t.Errorf("fingerprint %q, want %q", got, want)
			}
		})
	}
	for _, text := range []string{"hello", leaf.PrivateKey} {
		if got := certpem.Fingerprint(text); got != "" {
			t.Errorf("fingerprint %q of a text without a certificate", got)
		}
	}
}

func TestSameChain(t *testing.T) {
	one, two := certtest.CA(t, "one").Leaf, certtest.CA(t, "two").Leaf
	for name, c := range map[string]struct {
		left, right []*x509.Certificate
		want        bool
	}{
		"none":            {want: true},
		"the same":        {left: []*x509.Certificate{one, two}, right: []*x509.Certificate{one, two}, want: true},
		"another order":   {left: []*x509.Certificate{one, two}, right: []*x509.Certificate{two, one}},
		"one is missing":  {left: []*x509.Certificate{one, two}, right: []*x509.Certificate{one}},
		"one is added":    {left: []*x509.Certificate{one}, right: []*x509.Certificate{one, two}},
		"one in exchange": {left: []*x509.Certificate{one}, right: []*x509.Certificate{two}},
	} {
		t.Run(name, func(t *testing.T) {
			left, right := certpem.Bundle{Leaf: one, Chain: c.left}, certpem.Bundle{Leaf: two, Chain: c.right}
			if got := left.SameChain(&right); got != c.want {
				t.Errorf("SameChain returns %v, want %v", got, c.want)
			}
		})
	}
}

func TestWeakness(t *testing.T) {
	ca := certtest.CA(t, "ca")
	for name, c := range map[string]struct {
		public crypto.PublicKey
		want   string
	}{
		"EC":             {ca.Key.Public(), ""},
		"RSA, 2048 bits": {&rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 2047, 1), E: 65537}, ""},
		"RSA, 2047 bits": {&rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 2046, 1), E: 65537}, "RSA with 2047 bits"},
	} {
		t.Run(name, func(t *testing.T) {
			bundle, err := certpem.ParseBundle(certtest.Encode("CERTIFICATE", issue(t, ca, c.public)))
			if err != nil {
				t.Fatal(err)
			}
			if got := bundle.Weakness(); got != c.want {
				t.Errorf("weakness %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseKey(t *testing.T) {
	ec := certtest.Leaf(t, "ec")
	p521 := key(t, elliptic.P521())
	rsaKey := rsaKey(t, 2048)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parameters := certtest.Encode("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	legacy := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
	for name, c := range map[string]struct {
		text  string
		key   crypto.Signer // the key that the certificate must have
		err   string
		label string // the PEM label of the key as it is sent, if that differs from the given one
	}{
		"PKCS#8 EC":              {text: ec.PrivateKey, key: ec.Key},
		"SEC 1":                  {text: sec1(t, ec.Key), key: ec.Key},
		"SEC 1 and parameters":   {text: parameters + sec1(t, ec.Key), key: ec.Key},
		"P-521":                  {text: sec1(t, p521), key: p521},
		"PKCS#1":                 {text: certtest.Encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), key: rsaKey},
		"PKCS#8 RSA":             {text: certtest.WithKey(t, "x", rsaKey).PrivateKey, key: rsaKey},
		"Ed25519":                {text: certtest.WithKey(t, "x", edKey).PrivateKey, key: edKey},
		"CRLF":                   {text: strings.ReplaceAll(ec.PrivateKey, "\n", "\r\n"), key: ec.Key},
		"mark and CR alone":      {text: "\ufeff" + strings.ReplaceAll(ec.PrivateKey, "\n", "\r"), key: ec.Key},
		"PKCS#8 labelled RSA":    {text: strings.ReplaceAll(ec.PrivateKey, " PRIVATE KEY", " RSA PRIVATE KEY"), key: ec.Key, label: "PRIVATE KEY"},
		"PKCS#1 labelled PKCS#8": {text: certtest.Encode("PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), key: rsaKey, label: "RSA PRIVATE KEY"},
		"SEC 1 labelled PKCS#8":  {text: strings.ReplaceAll(sec1(t, p521), "EC PRIVATE", "PRIVATE"), key: p521, label: "EC PRIVATE KEY"},
		"encrypted PKCS#8":       {text: certtest.Encode("ENCRYPTED PRIVATE KEY", []byte("x")), err: "the key is encrypted, but Cloudflare needs it unencrypted: decrypt it with `openssl pkey -in FILE`"},
		"encrypted PKCS#1":       {text: legacy, err: "the key is encrypted, but Cloudflare needs it unencrypted: decrypt it with `openssl pkey -in FILE`"},
		"OpenSSH":                {text: certtest.Encode("OPENSSH PRIVATE KEY", []byte("x")), err: "the key is in OpenSSH's own format: convert it with `ssh-keygen -p -N '' -m PKCS8 -f FILE`"},
		"a certificate":          {text: ec.Certificate, err: "it contains a PEM block that is not a private key, such as a certificate; only the key is allowed here"},
		"key and certificate":    {text: ec.PrivateKey + ec.Certificate, err: "it contains a PEM block that is not a private key, such as a certificate; only the key is allowed here"},
		"two keys":               {text: ec.PrivateKey + sec1(t, p521), err: "it contains more than one private key"},
		"parameters alone":       {text: parameters, err: "it contains no private key"},
		"no DER":                 {text: certtest.Encode("PRIVATE KEY", []byte("x")), err: "the private key cannot be parsed: it has to be PKCS#8, PKCS#1 (RSA) or SEC 1 (EC)"},
		"another algorithm":      {text: certtest.Encode("DSA PRIVATE KEY", []byte("x")), err: "the private key is of the kind DSA, but the kind has to be RSA, ECDSA (P-256, P-384, P-521) or Ed25519; issue another certificate with another key, created for example with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"},
		"empty":                  {text: "", err: "it is empty: it contains no PEM block (-----BEGIN …-----)"},
		"cut off":                {text: ec.PrivateKey[:60], err: "it has 1 PEM block(s), of which only 0 can be read: a block is cut off or damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := certpem.ParseKey(c.text)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			own, err := certpem.ParseBundle(certtest.WithKey(t, "own", c.key).Certificate)
			if err != nil {
				t.Fatal(err)
			}
			if err := parsed.Matches(own); err != nil {
				t.Errorf("the key does not match its own certificate: %v", err)
			}
			foreign, err := certpem.ParseBundle(certtest.Leaf(t, "foreign").Certificate)
			if err != nil {
				t.Fatal(err)
			}
			if err := parsed.Matches(foreign); err == nil || err.Error() != "the private key does not belong to the certificate: their public keys differ" {
				t.Errorf("against another certificate: %v", err)
			}
			sent := string(parsed.PEM())
			if c.label != "" && !strings.HasPrefix(sent, "-----BEGIN "+c.label+"-----") {
				t.Errorf("the key would be sent as a %s", strings.SplitN(sent, "\n", 2)[0])
			}
			// A buffer that was too small would have left a part of the key behind.
			if spare := cap(parsed.PEM()) - len(sent); spare > 1 {
				t.Errorf("the buffer of the key has grown: %d bytes are unused", spare)
			}
			if strings.Contains(sent, "EC PARAMETERS") || strings.Contains(sent, "\r") || strings.Count(sent, "BEGIN") != 1 {
				t.Errorf("the key would be sent as\n%s", sent)
			}
		})
	}
}

func key(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sec1(t testing.TB, k crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(k.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return certtest.Encode("EC PRIVATE KEY", der)
}
