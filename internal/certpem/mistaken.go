package certpem

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
)

// forms are kinds of text that users give by mistake instead of PEM, and what to do about each. No message repeats a
// part of the text.
var forms = []struct {
	is   func(text string) bool
	what string
}{
	{
		func(text string) bool { return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[{") },
		"it is a JSON document; extract the PEM text from it, as in jsondecode(x)[\"NAME\"]",
	},
	{
		contains(`-----\\n`, `\\n-----`),
		`its line ends are written as \\n, two backslashes and an n; turn them into line ends with replace(x, "\\\\n", "\n")`,
	},
	{
		contains(`-----\r\n`, `\r\n-----`),
		`its line ends are written as \r\n, with backslashes; turn them into line ends with replace(x, "\\r\\n", "\n")`,
	},
	{
		contains(`-----\n`, `\n-----`),
		`its line ends are written as \n, a backslash and an n; turn them into line ends with replace(x, "\\n", "\n")`,
	},
	{
		contains("-----BEGIN%20", "-----BEGIN+", "%2DBEGIN%20"),
		"it is URL-encoded; decode it before you pass it to the provider",
	},
	{
		func(text string) bool {
			return strings.ContainsAny(firstRune(text), "\"'`\u201c\u201d\u2018\u201e\u00ab")
		},
		"there are quotation marks around it; remove them, for example with trim(x, \"\\\"'\")",
	},
	{
		oneLine.MatchString,
		"all of it is in one line, but a PEM text needs its line ends. A shell replaces them if a variable is not quoted. To restore them: " +
			`replace(x, "/ *(-----(BEGIN|END) [A-Z0-9 ]+-----) */", "\n$1\n")`,
	},
	{
		func(text string) bool { return strings.HasPrefix(text, "PuTTY-User-Key-File") },
		"it is a key in PuTTY's own format; convert it with `puttygen FILE -O private-openssh` and `ssh-keygen -p -N '' -m PKCS8 -f FILE`",
	},
	{
		regexp.MustCompile(`^(ssh-|ecdsa-sha2-)[a-z0-9-]+ AAAA`).MatchString,
		"it is an SSH public key, not a PEM text",
	},
	{regexp.MustCompile(`(?i)^https?://\S+$`).MatchString, "it is the address of a web page; read its content, for example with the data source http"},
	{namesFile, "it looks like the name of a file; read the file with file()"},
}

var (
	oneLine = regexp.MustCompile(`-----BEGIN [^-\n]+-----[^\n]*[^-\n][^\n]*-----END `)

	fileName = regexp.MustCompile(`(?i)^(file://|[a-z]:|~?[\w. -]*)[/\\]|\.(pem|crt|cer|cert|chain|key|der|p12|pfx|p7b|jks|txt)$`)
)

// mistaken describes a text that was given instead of PEM, and says what to do about it. It returns "" if it does not
// recognise the text.
func mistaken(text string) string {
	trimmed := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if what := base64Form(trimmed); what != "" {
		return what
	}
	for _, form := range forms {
		if form.is(trimmed) {
			return form.what
		}
	}
	return ""
}

// isUTF16 reports whether text is PEM in UTF-16, in either byte order.
func isUTF16(text string) bool {
	return strings.Contains(text, "-\x00-\x00") // it has five hyphens in a row, so this is there in both orders
}

func contains(parts ...string) func(string) bool {
	return func(text string) bool {
		for _, part := range parts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
}

func firstRune(text string) string {
	for _, r := range text {
		return string(r)
	}
	return " "
}

func namesFile(text string) bool {
	return len(text) < 260 && !strings.ContainsAny(text, "\n\r") && !looksLikeBase64(text) && fileName.MatchString(text)
}

// base64Form describes a text that is entirely Base64. It returns "" if the text is not Base64, or if it does not
// recognise the content.
func base64Form(text string) string {
	raw := decodeBase64(text)
	switch {
	case bytes.Contains(raw, []byte("-----BEGIN ")):
		return "it is the Base64 form of a PEM text; decode it with base64decode()"
	case bytes.Contains(bytes.ReplaceAll(raw, []byte{0}, nil), []byte("-----BEGIN ")):
		return "it is the Base64 form of a PEM text in UTF-16; decode it with textdecodebase64(x, \"UTF-16LE\")"
	case bytes.Contains(decodeBase64(string(raw)), []byte("-----BEGIN ")):
		return "it is the Base64 form of a PEM text, encoded twice; decode it with base64decode(base64decode(x))"
	}
	return derForm(raw)
}

// decodeBase64 decodes a text that is entirely Base64, apart from white space, in either alphabet. It returns nil if
// the text is not Base64.
func decodeBase64(text string) []byte {
	joined := strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	if len(joined) < 24 || strings.Contains(joined, "--") { // PEM lines: the URL alphabet contains the hyphen too
		return nil
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if raw, err := encoding.DecodeString(joined); err == nil {
			return raw
		}
	}
	return nil
}
