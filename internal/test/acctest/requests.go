package acctest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// Row is one association in the body of a PUT.
type Row struct {
	Hostname      string `json:"hostname"`
	CertificateID string `json:"cert_id"`
	Enabled       *bool  `json:"enabled"` // nil voids the association
}

// Put is one PUT of associations.
type Put struct {
	Time time.Time
	Rows []Row
}

// Puts returns the PUTs of associations among requests, in order.
func Puts(t testing.TB, requests []simulator.Request) []Put {
	t.Helper()
	var puts []Put
	for _, r := range requests {
		if r.Method != "PUT" || !strings.HasSuffix(r.Path, "/hostnames") {
			continue
		}
		var body struct{ Config []Row }
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			t.Fatalf("the body of a PUT: %v: %s", err, r.Body)
		}
		puts = append(puts, Put{r.Time, body.Config})
	}
	return puts
}

// The variable parts of a route.
var variable = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`^(|/hostnames/certificates)/[0-9a-f]+(-[0-9a-f]+)*$`), "$1/{id}"},
	{regexp.MustCompile(`^/hostnames/[^/]*\..*$`), "/hostnames/{hostname}"},
}

// Route returns the method of a request and its path relative to the zone's API family, with {id} and {hostname} in place
// of the values: "GET /hostnames/certificates/{id}".
func Route(r simulator.Request) string {
	_, path, _ := strings.Cut(r.Path, "/origin_tls_client_auth")
	for _, v := range variable {
		path = v.pattern.ReplaceAllString(path, v.name)
	}
	return r.Method + " " + path
}

// Routes counts requests by their Route.
func Routes(requests []simulator.Request) map[string]int {
	routes := map[string]int{}
	for _, r := range requests {
		routes[Route(r)]++
	}
	return routes
}
