package originprobe

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const defaultPort = "443"

// host matches a name that DNS may resolve. Unlike a public hostname, it may consist of one label, like names in a
// private network.
var host = regexp.MustCompile(`^[0-9A-Za-z_]([0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?(\.[0-9A-Za-z_]([0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?)*$`)

// Address is where an origin listens.
type Address struct{ Host, Port string }

// ParseAddress reads "HOST", "HOST:PORT", "IP", "IPv4:PORT", "[IPv6]" or "[IPv6]:PORT". The default port is 443. The
// error says what is wrong.
func ParseAddress(text string) (Address, error) {
	a := Address{Host: text, Port: defaultPort}
	if _, err := netip.ParseAddr(text); err == nil {
		return a, nil
	}
	switch {
	case text == "":
		return Address{}, errors.New("it is empty")
	case strings.Contains(text, "://"):
		return Address{}, errors.New("it is a URL; give the host, or the host and the port, such as 192.0.2.10:8443")
	}
	bracketed := strings.HasPrefix(text, "[")
	if i := strings.LastIndexByte(text, ':'); i >= 0 && (!bracketed || strings.Contains(text[:i], "]")) {
		a.Host, a.Port = text[:i], text[i+1:]
		if port, err := strconv.ParseUint(a.Port, 10, 16); err != nil || port == 0 {
			return Address{}, fmt.Errorf("its port %q is not a number between 1 and 65535", a.Port)
		}
	}
	var err error
	if bracketed {
		a.Host, err = unbracketed(a.Host)
	} else {
		err = checkHost(a.Host)
	}
	if err != nil {
		return Address{}, err
	}
	return a, nil
}

func unbracketed(host string) (string, error) {
	inner, closed := strings.CutSuffix(host[1:], "]")
	if ip, err := netip.ParseAddr(inner); !closed || err != nil || !ip.Is6() {
		return "", errors.New("the text in brackets is not an IPv6 address")
	}
	return inner, nil
}

func checkHost(text string) error {
	if strings.Contains(text, ":") {
		return errors.New("an IPv6 address with a port needs brackets, such as [2001:db8::10]:8443")
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return nil
	}
	if len(text) > 253 || !host.MatchString(text) || allDigits(text) {
		return fmt.Errorf("its host %q is neither an IP address nor a name", text)
	}
	return nil
}

// allDigits reports whether a host consists of digits and dots, like an IPv4 address with a mistake in it.
func allDigits(host string) bool { return strings.Trim(host, "0123456789.") == "" }

// String returns the address in the form that net.Dial expects.
func (a Address) String() string { return net.JoinHostPort(a.Host, a.Port) }

// IsIP reports whether the host is an IP address, which cannot be sent as a server name.
func (a Address) IsIP() bool {
	_, err := netip.ParseAddr(a.Host)
	return err == nil
}

// CheckPath returns an error unless path is the path of a request, with or without a query.
func CheckPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		return errors.New("it does not begin with /")
	}
	u, err := url.ParseRequestURI(path)
	switch {
	case err != nil || u.Host != "" || strings.HasPrefix(path, "//") || strings.ContainsAny(path, " \t\r\n"):
		return errors.New("it is not a path such as /health")
	case strings.Contains(path, "#"):
		return errors.New("it has a fragment (#), which is never sent")
	}
	return nil
}
