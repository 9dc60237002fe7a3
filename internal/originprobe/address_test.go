package originprobe_test

import (
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/originprobe"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.10": "192.0.2.10:443", "192.0.2.10:8443": "192.0.2.10:8443", "origin.example.com": "origin.example.com:443",
		"origin.example.com:1": "origin.example.com:1", "localhost": "localhost:443", "web_1:65535": "web_1:65535", "xn--bcher-kva.example": "xn--bcher-kva.example:443",
		"2001:db8::10": "[2001:db8::10]:443", "[2001:db8::10]": "[2001:db8::10]:443", "[2001:db8::10]:8443": "[2001:db8::10]:8443", "fe80::1%eth0": "[fe80::1%eth0]:443",
	} {
		if a, err := originprobe.ParseAddress(text); err != nil || a.String() != want {
			t.Errorf("%s: %s, %v", text, a, err)
		}
	}
	for text, want := range map[string]string{
		"": "empty", "https://origin.example.com": "URL", "origin.example.com/": "neither", "origin.example.com:": "port", "origin.example.com:0": "port",
		"origin.example.com:65536": "port", "origin.example.com:https": "port", ":443": "neither", "[192.0.2.1]:443": "brackets", "[2001:db8::1": "brackets",
		"[]:443": "brackets", "2001:db8:::1": "brackets", "192.0.2.256": "neither", "192.0.2": "neither", "a b": "neither", "-a.example": "neither", "a..example": "neither",
		"user@example.com": "neither", "example.com.": "neither", strings.Repeat("a.", 130) + "example": "neither", "bücher.example": "neither", " 192.0.2.1": "neither",
	} {
		if a, err := originprobe.ParseAddress(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v; want %q", text, a, err, want)
		}
	}
	for text, ip := range map[string]bool{"192.0.2.1:1": true, "[::1]:1": true, "localhost": false} {
		if a, _ := originprobe.ParseAddress(text); a.IsIP() != ip {
			t.Errorf("%s is an IP: %v", text, a.IsIP())
		}
	}
}

func TestCheckPath(t *testing.T) {
	for path, ok := range map[string]bool{
		"/": true, "/health": true, "/a/b?c=d": true, "/a%20b": true,
		"": false, "health": false, "//host/x": false, "https://example.com/": false, "/a b": false, "/a#b": false, "/%zz": false, "/\n": false,
	} {
		if err := originprobe.CheckPath(path); (err == nil) != ok {
			t.Errorf("%q: %v", path, err)
		}
	}
}
