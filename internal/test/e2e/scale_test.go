package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	manyCount = 1000
	spare     = 10 // the certificate beyond the ten that are full with 100 hostnames each
)

// slow is an API 50 ms away that deploys in 2 s.
func slow(b *simulator.Behaviour) {
	seconds(2 * time.Second)(b)
	b.Latency = simulator.Duration(50 * time.Millisecond)
}

// hostnameCertificates is the HCL of n certificates "c0" …
func hostnameCertificates(t *testing.T, n int) string {
	t.Helper()
	var hcl strings.Builder
	for i := range n {
		name := fmt.Sprint("c", i)
		hcl.WriteString(acctest.Certificate("hostname", name, certtest.Leaf(t, name)))
	}
	return hcl.String()
}

// bulk is the HCL of one resource for the hostnames of which cert knows a certificate; -1 leaves one out.
func bulk(cert func(i int) int) string {
	var hcl strings.Builder
	fmt.Fprintf(&hcl, "resource \"origintls_hostname_associations\" \"all\" {\n  zone_id = %q\n  associations = {\n", acctest.Zone)
	for i := range manyCount {
		if c := cert(i); c >= 0 {
			fmt.Fprintf(&hcl, "    \"h%d.example.com\" = { certificate_id = origintls_hostname_certificate.c%d.id }\n", i, c)
		}
	}
	return hcl.String() + "  }\n}\n"
}

// aboutAssociations runs a command and returns the requests that it sent about associations. What the
// certificates cost does not depend on the number of hostnames.
func aboutAssociations(t *testing.T, w *acctest.World, what string, run func()) []simulator.Request {
	t.Helper()
	w.Sim.ClearRequests()
	started := time.Now()
	run()
	took := time.Since(started)
	about := slices.DeleteFunc(w.Sim.Requests(), func(r simulator.Request) bool {
		return strings.Contains(r.Path, "/hostnames/certificates")
	})
	t.Logf("%s: %d requests about associations in %.1f s: %v", what, len(about), took.Seconds(), acctest.Routes(about))
	return about
}

// onePutOfTen fails the test unless one PUT was sent, of the ten hostnames from "h<first>" on, that voids
// them or has them served by a certificate.
func onePutOfTen(t *testing.T, requests []simulator.Request, first int, void bool) {
	t.Helper()
	puts := acctest.Puts(t, requests)
	if len(puts) != 1 || len(puts[0].Rows) != 10 {
		t.Fatalf("sent %d PUTs, want one of 10 rows: %v", len(puts), puts)
	}
	want := map[string]bool{}
	for i := first; i < first+10; i++ {
		want[fmt.Sprintf("h%d.example.com", i)] = true
	}
	for _, row := range puts[0].Rows {
		if !want[row.Hostname] || (row.Enabled == nil) != void || (!void && !*row.Enabled) {
			t.Errorf("row %v is not one of h%d … h%d with void %t", row, first, first+9, void)
		}
		delete(want, row.Hostname)
	}
}

// allServe fails the test unless the API holds exactly the associations of bulk(cert), all of them active.
func allServe(t *testing.T, w *acctest.World, cert func(i int) int) {
	t.Helper()
	if err := acctest.EverythingActive(w); err != nil {
		t.Error(err)
	}
	z := w.State()
	named := map[string]string{}
	for _, c := range z.HostnameCertificates {
		named[c.ID] = strings.TrimSuffix(strings.TrimPrefix(c.Subject, "CN="), ",O=origintls tests")
	}
	got := map[string]string{}
	for _, a := range z.Associations {
		got[a.Hostname] = named[a.CertificateID]
	}
	want := 0
	for i := range manyCount {
		c, host := cert(i), fmt.Sprintf("h%d.example.com", i)
		if c < 0 {
			continue
		}
		want++
		if name := fmt.Sprint("c", c); got[host] != name {
			t.Errorf("%s has certificate %q, want %s", host, got[host], name)
		}
	}
	if len(got) != want {
		t.Errorf("the API holds %d associations, want %d", len(got), want)
	}
}

func TestAccScale_1000HostnamesInOneResource(t *testing.T) {
	w := acctest.New(t, slow, func(b *simulator.Behaviour) {
		b.HostnameCertificateQuota = 11 // by the documented one, hostnames could move only where others went before
	})
	cli := w.CLI(t)
	t.Parallel()
	cli.Write("certificates.tf", hostnameCertificates(t, spare+1))
	steps := []struct {
		what  string
		cert  func(i int) int
		check func(t *testing.T, requests []simulator.Request)
	}{
		{"apply", func(i int) int { return i % 10 }, func(t *testing.T, requests []simulator.Request) {
			t.Helper()
			if len(requests) > 30 {
				t.Errorf("%d requests, more than 30", len(requests))
			}
		}},
		{"move ten hostnames", func(i int) int {
			if i < 10 {
				return spare
			}
			return i % 10
		}, func(t *testing.T, requests []simulator.Request) {
			t.Helper()
			onePutOfTen(t, requests, 0, false)
		}},
		{"remove ten hostnames", func(i int) int {
			switch {
			case i < 10:
				return spare
			case i < 20:
				return -1
			default:
				return i % 10
			}
		}, func(t *testing.T, requests []simulator.Request) {
			t.Helper()
			onePutOfTen(t, requests, 10, true)
		}},
	}
	for _, step := range steps {
		cli.Write("main.tf", bulk(step.cert))
		step.check(t, aboutAssociations(t, w, step.what, func() { cli.Apply() }))
		allServe(t, w, step.cert)
		if n := len(aboutAssociations(t, w, "plan", cli.EmptyPlan)); n > 5 {
			t.Errorf("the plan after %q sent %d requests, more than 5", step.what, n)
		}
	}
	aboutAssociations(t, w, "destroy", func() { cli.Destroy() })
	if err := acctest.NothingLive(w); err != nil {
		t.Error(err)
	}
}

const (
	singleCount = 200
	refused     = "h77.example.com"
)

// A joint PUT is refused as a whole, so the one bad hostname has to be distinguished from those that travelled
// with it. That may cost 12 requests. What is compared are the PUTs of two applies that name no hostname
// for the first time: all that the search sends, and nothing else. How many rows meet in a joint PUT, and
// how many polls an apply needs, depends on how busy the machine is (33 to 67 PUTs were seen for the same
// apply), so those numbers are only logged.
func TestAccScale_RefusedHostnameAmong200SingleAssociations(t *testing.T) {
	again := [2]int{-1, -1} // each subtest writes one of them
	t.Run("apply", func(t *testing.T) {
		for i, refuse := range []bool{false, true} {
			t.Run(fmt.Sprint("refuse=", refuse), func(t *testing.T) {
				w := acctest.New(t, slow, func(b *simulator.Behaviour) {
					if refuse {
						b.RefuseHostnames = []string{refused}
					}
				})
				cli := w.CLI(t)
				t.Parallel()
				again[i] = repeated(acctest.Puts(t, applySingles(t, w, cli, refuse)))
			})
		}
	})
	if again[0] < 0 || again[1] < 0 {
		return // skipped, or failed and said so
	}
	t.Logf("%d PUTs of what had been sent before, and %d with a refused hostname", again[0], again[1])
	if more := again[1] - again[0]; more > 12 {
		t.Errorf("the refused hostname cost %d PUTs, want at most 12", more)
	}
}

// repeated counts the PUTs that name no hostname for the first time.
func repeated(puts []acctest.Put) int {
	seen, n := map[string]bool{}, 0
	for _, put := range puts {
		before := len(seen)
		for _, row := range put.Rows {
			seen[row.Hostname] = true
		}
		if len(seen) == before {
			n++
		}
	}
	return n
}

// applySingles applies a resource for each of the hostnames, of which one may be refused, and checks what
// the API and the state then hold.
func applySingles(t *testing.T, w *acctest.World, cli *acctest.CLI, refuse bool) []simulator.Request {
	t.Helper()
	hcl, code, want := hostnameCertificates(t, 8), 0, singleCount
	for i := range singleCount {
		hcl += acctest.Association(fmt.Sprint("h", i), fmt.Sprintf("h%d.example.com", i), fmt.Sprint("c", i%8))
	}
	if refuse {
		code, want = 1, singleCount-1
	}
	cli.Write("main.tf", hcl)
	var out string
	sent := aboutAssociations(t, w, fmt.Sprint("refuse=", refuse), func() {
		out = cli.Must(code, "apply", "-auto-approve", "-no-color", "-parallelism=10")
	})
	if refuse {
		reason := acctest.Says(refused, "Hostname does not belong to this zone.")
		if n := strings.Count(out, "Error: "); n != 1 || !reason.MatchString(out) {
			t.Errorf("%d errors, want one that says %s:\n%s", n, reason, out)
		}
	}
	if err := acctest.EverythingActive(w); err != nil {
		t.Error(err)
	}
	held := map[string]bool{}
	for _, a := range w.State().Associations {
		held[a.Hostname] = true
	}
	state := strings.Count(cli.Must(0, "state", "list"), "origintls_hostname_association.")
	if len(held) != want || held[refused] == refuse || state != want {
		t.Errorf("the API holds %d associations and the state %d, want %d; the refused hostname: %t", len(held), state, want, held[refused])
	}
	if shown := cli.Run("state", "show", "origintls_hostname_association.h77"); (shown.Code != 0) != refuse {
		t.Errorf("state show of the refused hostname exited with %d", shown.Code)
	}
	return sent
}
