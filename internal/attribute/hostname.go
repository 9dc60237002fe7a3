package attribute

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// maxHostnameLength is the API's limit (api-behaviour.md section 3).
const maxHostnameLength = 255

// A label may begin with an underscore, as names for domain verification do. It is unknown whether the API accepts wildcards
// (section 3), so the provider accepts them and leaves the decision to the API.
var (
	label    = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)
	topLevel = regexp.MustCompile(`^[a-z]`)
)

// CanonicalHostname returns the form in which hostnames are compared and sent.
func CanonicalHostname(name string) string { return strings.ToLower(name) }

// CheckHostname returns an error that says why name is not a hostname.
func CheckHostname(name string) error {
	switch {
	case name == "":
		return errors.New("it is empty")
	case len(name) > maxHostnameLength:
		return fmt.Errorf("it has %d characters; a hostname has at most %d", len(name), maxHostnameLength)
	case strings.Contains(name, "://"):
		return errors.New("it is a URL; give only the hostname")
	case strings.HasSuffix(name, "."):
		return errors.New("it ends with a dot; remove the dot")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return errors.New("it is an IP address")
	}
	for _, r := range name {
		if r > 127 {
			return errors.New("it has characters outside ASCII; give its punycode form (xn--…)")
		}
	}
	labels := strings.Split(strings.TrimPrefix(CanonicalHostname(name), "*."), ".")
	if len(labels) < 2 {
		return errors.New("it has no dot; give the full name, such as api.example.com")
	}
	for _, l := range labels {
		if !label.MatchString(l) {
			return fmt.Errorf("its part %q does not consist of 1 to 63 letters, digits and hyphens without a hyphen at either end", l)
		}
	}
	if !topLevel.MatchString(labels[len(labels)-1]) {
		return errors.New("its last part does not begin with a letter")
	}
	return nil
}
