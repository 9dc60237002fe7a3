package simulator

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// call is a request in the form in which the handlers receive it.
type call struct {
	zone     string
	kind     Kind
	id       string
	hostname string
	path     string
	query    url.Values
	body     []byte
	now      time.Time
}

// handler handles a call. It runs while the server's lock is held.
type handler func(*store, call) reply

// route is one operation of the API.
type route struct {
	pattern string
	kind    Kind
	handle  handler
}

const (
	apiPrefix = "/client/v4"
	base      = apiPrefix + "/zones/{zone}/origin_tls_client_auth"
)

// routes are all operations of the API (api-behaviour.md, REF). net/http prefers literal path segments to {id}.
var routes = []route{
	{"GET " + base, ZoneCertificate, (*store).listCertificates},
	{"POST " + base, ZoneCertificate, (*store).postCertificate},
	{"GET " + base + "/{id}", ZoneCertificate, (*store).getCertificate},
	{"DELETE " + base + "/{id}", ZoneCertificate, (*store).deleteCertificate},

	{"GET " + base + "/hostnames/certificates", HostnameCertificate, (*store).listCertificates},
	{"POST " + base + "/hostnames/certificates", HostnameCertificate, (*store).postCertificate},
	{"GET " + base + "/hostnames/certificates/{id}", HostnameCertificate, (*store).getCertificate},
	{"DELETE " + base + "/hostnames/certificates/{id}", HostnameCertificate, (*store).deleteCertificate},

	{"GET " + base + "/hostnames", "", (*store).listAssociations},
	{"PUT " + base + "/hostnames", "", (*store).putAssociations},
	{"GET " + base + "/hostnames/{hostname}", "", (*store).getAssociation},

	{"GET " + base + "/settings", "", (*store).getSetting},
	{"PUT " + base + "/settings", "", (*store).putSetting},
}

var zoneID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// router finds the route of a request. The mux is only used for matching and answers no request itself. Otherwise, a
// wrong method or a doubled slash would get net/http's 405 or 301, and not the gateway's 7003.
type router struct {
	mux *http.ServeMux
}

// matched is a route in the form of a handler for the mux.
type matched route

func (matched) ServeHTTP(http.ResponseWriter, *http.Request) {}

func newRouter() router {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.pattern, matched(r))
	}
	return router{mux: mux}
}

// find returns the handler and the call for a request, or false if there is none.
func (rt router) find(r *http.Request) (handler, call, bool) {
	if r.Method == http.MethodHead { // the mux would treat it as a GET
		return nil, call{}, false
	}
	// For a path that is not clean, the mux returns its own redirect handler, which is not a matched.
	found, pattern := rt.mux.Handler(r)
	m, ok := found.(matched)
	if !ok {
		return nil, call{}, false
	}
	values := wildcards(pattern, r.URL.EscapedPath())
	c := call{
		zone: values["zone"], kind: m.kind, id: values["id"], hostname: values["hostname"],
		path: r.URL.Path, query: r.URL.Query(),
	}
	return m.handle, c, zoneID.MatchString(c.zone)
}

// wildcards returns the values of a pattern's wildcards, which the mux sets only if it serves the request.
func wildcards(pattern, escapedPath string) map[string]string {
	_, pattern, _ = strings.Cut(pattern, " ")
	values := map[string]string{}
	parts := strings.Split(escapedPath, "/")
	for i, name := range strings.Split(pattern, "/") {
		if strings.HasPrefix(name, "{") && i < len(parts) {
			value, err := url.PathUnescape(parts[i])
			if err == nil {
				values[strings.Trim(name, "{}")] = value
			}
		}
	}
	return values
}
