package simulator

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// call is a request as the handlers see it.
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

// handler answers a call; it runs under the server's lock.
type handler func(*store, call) reply

// route is one line of the API.
type route struct {
	pattern string
	kind    Kind
	handle  handler
}

const (
	apiPrefix = "/client/v4"
	base      = apiPrefix + "/zones/{zone}/origin_tls_client_auth"
)

// routes are the whole API (api-behaviour.md, REF). The literal segments win
// over {id}, says net/http.
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

// router finds the route of a request. It answers no request itself: the mux
// only serves to match, so that a wrong method and a doubled slash end in the
// gateway's 7003 and not in net/http's 405 and 301.
type router struct {
	mux *http.ServeMux
}

// matched carries a route through the mux.
type matched route

func (matched) ServeHTTP(http.ResponseWriter, *http.Request) {}

func newRouter() router {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.pattern, matched(r))
	}
	return router{mux: mux}
}

// find answers the handler and the call for it, or false.
func (rt router) find(r *http.Request) (handler, call, bool) {
	if r.Method == http.MethodHead { // net/http takes it for a GET
		return nil, call{}, false
	}
	// An unclean path finds net/http's redirect, which is not a matched.
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

// wildcards reads the path values, which the mux sets only when it serves.
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
