package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// table prints its rows as they come: the last ones come minutes after the first.
type table struct{ out io.Writer }

const columns = "%9v  %5v  %-6s  %-7s  %8v  %8s  %8s  %9s  %9s  %9s  %-5s  %s\n"

func newTable(out io.Writer) *table {
	fmt.Fprintf(out, columns, "hostnames", "zones", "way", "command", "requests", "wall", "peak", "CPU prov.", "CPU CLI", "deploying", "share", "requests by route")
	return &table{out}
}

func (t *table) row(l layout, command string, m measurement) {
	fmt.Fprintf(t.out, columns, l.zones*l.hostnames, l.zones, l.way, command, total(m.routes),
		seconds(m.wall), megabytes(m.provider.peak), seconds(m.provider.cpu), seconds(m.cpu-m.provider.cpu), seconds(m.deploying),
		fmt.Sprintf("%.0f %%", 100*m.deploying.Seconds()/m.wall.Seconds()), byRoute(m.routes))
}

func total(routes map[string]int) int {
	n := 0
	for _, one := range routes {
		n += one
	}
	return n
}

func byRoute(routes map[string]int) string {
	var texts []string
	for _, route := range slices.Sorted(maps.Keys(routes)) {
		texts = append(texts, fmt.Sprintf("%d %s", routes[route], route))
	}
	return strings.Join(texts, ", ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func megabytes(n int64) string {
	if n == 0 {
		return "?"
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// routes counts the requests of each route.
func routes(requests []simulator.Request) map[string]int {
	out := map[string]int{}
	for _, r := range requests {
		_, path, _ := strings.Cut(r.Path, "/origin_tls_client_auth")
		switch parts := strings.Split(strings.Trim(path, "/"), "/"); {
		case len(parts) == 3:
			path = "/hostnames/certificates/{id}"
		case len(parts) == 2 && parts[1] != "certificates":
			path = "/hostnames/{hostname}"
		}
		out[r.Method+" "+path]++
	}
	return out
}

// deploying is how long at least one of the things written was on its way to the edge or off it, until
// end: each write that was taken begins such a time.
func deploying(requests []simulator.Request, each time.Duration, end time.Time) time.Duration {
	var total time.Duration
	var until time.Time
	for _, r := range requests { // in the order of arrival
		if r.Method == http.MethodGet || r.Status != http.StatusOK {
			continue
		}
		from, to := r.Time, r.Time.Add(each)
		if from.Before(until) {
			from = until
		}
		if to.After(end) {
			to = end
		}
		if to.After(from) {
			total += to.Sub(from)
			until = to
		}
	}
	return total
}
