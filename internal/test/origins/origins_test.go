package origins

import (
	"context"
	"crypto/x509"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const hostname = "www.example.com"

// refusals are what Cloudflare receives from a server if it presents no certificate, and if it presents one that the server does
// not trust: the title of a page, or a TLS alert. Versions of Caddy after 2.6 send other alerts.
var refusals = map[string]struct{ none, foreign, logged []string }{
	"nginx": {
		[]string{"400 No required SSL certificate was sent"},
		[]string{"400 The SSL certificate error"},
		[]string{"400 NONE", "400 FAILED:"},
	},
	"apache2": {
		[]string{"certificate required"},
		[]string{"unknown certificate authority"},
		[]string{"AH02039"},
	},
	"haproxy": {
		[]string{"certificate required"},
		[]string{"unknown certificate authority"},
		[]string{"SSL handshake failure", "SSL client certificate not trusted"},
	},
	"caddy": {
		[]string{"bad certificate", "certificate required"},
		[]string{"bad certificate", "unknown certificate authority"},
		nil,
	},
}

// edge is Cloudflare's edge in front of a server. It has one certificate, or none.
type edge struct {
	sim    *simulator.Server
	id     Identity
	server *Server
}

func presenting(s *Server, id Identity, pair certtest.Pair) edge {
	sim := simulator.New(simulator.Options{})
	if pair.Leaf != nil {
		sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
		sim.SetSetting(acctest.Zone, true)
	}
	return edge{sim, id, s}
}

// pull returns the subject of the certificate that the application has received, or how the server rejected the request.
func (e edge) pull(t *testing.T) (subject, refusal string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return Pull(ctx, e.sim, hostname, e.server.Address(), e.id.Roots)
}

// served fails the test unless the application receives the subject of the pair.
func (e edge) served(t *testing.T, what string, pair certtest.Pair) {
	t.Helper()
	if subject, refusal := e.pull(t); refusal != "" || subject != pair.Leaf.Subject.String() {
		t.Errorf("%s: got subject %q, refusal %q", what, subject, refusal)
	}
}

// refused fails the test unless the server rejects the request as expected. If the server closes a connection, the connection may
// break before the alert is read, so pull is repeated in that case.
func (e edge) refused(t *testing.T, what string, want []string) {
	t.Helper()
	acctest.Until(t, what+": "+strings.Join(want, ", "), func() bool {
		subject, refusal := e.pull(t)
		if refusal == "" {
			t.Fatalf("%s: the server served %q", what, subject)
		}
		return slices.ContainsFunc(want, func(w string) bool { return strings.HasSuffix(refusal, w) })
	})
}

// broken matches the error of a connection that ended without an answer.
var broken = regexp.MustCompile(`(connection reset by peer|broken pipe|EOF)$`)

// during pulls without a pause while do runs, and fails the test if a pull fails. A connection reset does not count if the guide
// says that the server resets connections.
func (e edge) during(t *testing.T, what string, do func()) {
	t.Helper()
	var pulls atomic.Int32
	var failure atomic.Pointer[string]
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
			}
			_, refusal := e.pull(t)
			tolerated := e.server.kind.resets && broken.MatchString(refusal)
			if refusal != "" && !tolerated {
				failure.CompareAndSwap(nil, &refusal)
			}
			pulls.Add(1)
		}
	}()
	some := func() {
		begun := pulls.Load()
		acctest.Until(t, "pulls", func() bool { return pulls.Load() > begun+10 })
	}
	stop := sync.OnceFunc(func() {
		close(done)
		<-ended
	})
	defer stop()
	some()
	do()
	some()
	stop()
	if f := failure.Load(); f != nil {
		t.Errorf("some of %d pulls failed while %s, the first with: %s", pulls.Load(), what, *f)
	}
}

// eachKind runs a test with each of the guide's servers.
func eachKind(t *testing.T, test func(t *testing.T, k Kind, id Identity)) {
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) { test(t, k, NewIdentity(t, hostname)) })
	}
}

// This is what the guide promises: only clients with a certificate of a trusted authority get an answer, and a change of the
// authority leaves no gap.
func TestServersKeepStrangersOut(t *testing.T) {
	one, two := certtest.CA(t, "one"), certtest.CA(t, "two")
	ofOne, ofTwo := one.Issue(t, "of one"), two.Issue(t, "of two")
	eachKind(t, func(t *testing.T, k Kind, id Identity) {
		s := Start(t, k, Insist, id)
		nobody, first, second := presenting(s, id, certtest.Pair{}), presenting(s, id, ofOne), presenting(s, id, ofTwo)
		none, foreign := refusals[k.Name].none, refusals[k.Name].foreign

		s.Trust(t, one)
		first.served(t, "trusted", ofOne)
		second.refused(t, "another authority's", foreign)
		nobody.refused(t, "without a certificate", none)
		for _, line := range refusals[k.Name].logged {
			acctest.Until(t, "in the log "+line, func() bool { return strings.Contains(s.Log(t), line) })
		}

		first.during(t, "a second authority was added", func() { s.Trust(t, one, two) })
		first.served(t, "the first of two", ofOne)
		second.served(t, "the second of two", ofTwo)
		nobody.refused(t, "without a certificate, two trusted", none)

		second.during(t, "the first authority was taken away", func() { s.Trust(t, two) })
		second.served(t, "the new one", ofTwo)
		first.refused(t, "the former one", foreign)
	})
}

// A self-signed certificate is its own authority. A server that trusts it accepts no other certificate.
func TestServersTrustASelfSignedCertificate(t *testing.T) {
	own, other := certtest.Leaf(t, "own"), certtest.Leaf(t, "other")
	eachKind(t, func(t *testing.T, k Kind, id Identity) {
		s := Start(t, k, Insist, id)
		s.Trust(t, own)
		presenting(s, id, own).served(t, "its own", own)
		presenting(s, id, other).refused(t, "another", refusals[k.Name].foreign)
	})
}

// logged are the log lines of a client without a certificate, of one with the certificate of TestRollOut and, with Look, of one
// with another authority's certificate.
var logged = map[string][3]string{
	"nginx":   {` 200 NONE -\n`, ` 200 SUCCESS CN=of one,`, ` 200 FAILED:.* CN=of two,`},
	"apache2": {` 200 NONE -\n`, ` 200 SUCCESS CN=of one,`, ` 200 FAILED:.* CN=of two,`},
	"haproxy": {` 200 0 0 -\n`, ` 200 1 0 CN=of one,`, ` 200 1 [1-9]\d* CN=of two,`},
	"caddy":   {`"server_name":"www.example.com"\}`, `"client_common_name":"of one"`, `"client_common_name":"of two"`},
}

// Before a server requires certificates, its log shows which clients it would reject.
func TestRollOut(t *testing.T) {
	one, two := certtest.CA(t, "one"), certtest.CA(t, "two")
	pairs := []certtest.Pair{{}, one.Issue(t, "of one"), two.Issue(t, "of two")}
	eachKind(t, func(t *testing.T, k Kind, id Identity) {
		for _, way := range []Way{Ask, Look} {
			s := Start(t, k, way, id)
			s.Trust(t, one)
			for i, pair := range pairs {
				e := presenting(s, id, pair)
				if i == 2 && way == Ask {
					e.refused(t, k.Ways[way], refusals[k.Name].foreign)
					continue
				}
				if _, refusal := e.pull(t); refusal != "" {
					t.Fatalf("%s: the server rejects the request: %q", k.Ways[way], refusal)
				}
				line := regexp.MustCompile(logged[k.Name][i])
				acctest.Until(t, "in the log "+line.String(), func() bool { return line.MatchString(s.Log(t)) })
			}
		}
	})
}

// emergency is the way in which a server serves every client, whatever the edge presents. With some servers, Look is not enough:
// nginx and Apache still reject a certificate that has expired.
func emergency(k Kind) Way {
	if k.block != "" { // removing a block is more than a change of one line
		return Look
	}
	return Off
}

// The first advice of the troubleshooting page works: after a change of one line, the site is up again.
func TestEmergency(t *testing.T) {
	one := certtest.CA(t, "one")
	expired := certtest.CA(t, "two").Issue(t, "expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	eachKind(t, func(t *testing.T, k Kind, id Identity) {
		s := Start(t, k, emergency(k), id)
		s.Trust(t, one)
		for _, pair := range []certtest.Pair{{}, one.Issue(t, "trusted"), expired} {
			if _, refusal := presenting(s, id, pair).pull(t); refusal != "" {
				t.Errorf("%s refuses: %s", k.Ways[emergency(k)], refusal)
			}
		}
	})
}

// This is the reason why Caddy needs a file for each authority. The guide names the version.
func TestCaddyReadsOneAuthorityOfAFile(t *testing.T) {
	k := caddy()
	k.caFile = ""
	id, one, two := NewIdentity(t, hostname), certtest.CA(t, "one"), certtest.CA(t, "two")
	s := Start(t, k, Insist, id)
	version, err := exec.Command(s.binary, "version").Output()
	acctest.NoError(t, err)
	if !strings.HasPrefix(strings.TrimPrefix(string(version), "v"), "2.6.") {
		t.Skipf("this is Caddy %s", version)
	}
	s.Trust(t, one, two)
	ofOne := one.Issue(t, "of one")
	presenting(s, id, ofOne).served(t, "the first of the file", ofOne)
	presenting(s, id, two.Issue(t, "of two")).refused(t, "the second of the file", refusals[k.Name].foreign)
}

// The guide shows every file, and names every line and every rejection that is tested here.
func TestGuideSaysWhatIsTested(t *testing.T) {
	guides := filepath.Join(Files, "..", "..", "templates", "guides")
	guide, troubleshooting := acctest.ReadFile(t, filepath.Join(guides, "origin.md.tmpl")), acctest.ReadFile(t, filepath.Join(guides, "troubleshooting.md.tmpl"))
	for _, k := range Kinds() {
		want := []string{`"examples/origins/` + k.File + `"`}
		r := refusals[k.Name]
		for _, text := range slices.Concat(k.Ways[:Off], r.none, r.foreign, r.logged) {
			want = append(want, "`"+text+"`")
		}
		for _, text := range want {
			if !strings.Contains(guide, text) {
				t.Errorf("the guide does not say %s", text)
			}
		}
		if text := "| `" + k.Ways[emergency(k)] + "` |"; !strings.Contains(troubleshooting, text) {
			t.Errorf("troubleshooting does not say how %s serves everybody in an emergency: %s", k.Name, text)
		}
	}
}
