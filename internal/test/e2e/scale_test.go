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
	spare     = 10 // the index of the eleventh certificate: the first ten are full, with 100 hostnames each
)

// slow makes the API answer after 50 ms and deploy in 2 s.
func slow(b *simulator.Behaviour) {
	acctest.Takes(2 * time.Second)(b)
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

// bulk is the HCL of one resource with many hostnames. cert returns the index of a hostname's certificate, or -1 to leave
// the hostname out.
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

// aboutAssociations runs a command and returns its requests about associations. It ignores those about certificates,
// because their number does not depend on the number of hostnames.
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

// onePutOfTen fails the test unless exactly one PUT was sent: one that writes the ten hostnames from "h<first>" on. With
// void it must void them, otherwise it must give them a certificate.
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

// allServe fails the test unless the API has exactly the associations of bulk(cert), all of them active.
func allServe(t *testing.T, w *acctest.World, cert func(i int) int) {
	t.Helper()
	w.WantEverythingActive()
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
		t.Errorf("the API has %d associations, want %d", len(got), want)
	}
}

func TestAccScale_1000HostnamesInOneResource(t *testing.T) {
	w := acctest.New(t, slow, func(b *simulator.Behaviour) {
		b.HostnameCertificateQuota = 11 // with the documented quota, a hostname could only move after another one had left the certificate
		b.PagedListStatus = 0           // so few requests need the list, which the preset strict does not serve
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
	w.WantNothingLive()
}
