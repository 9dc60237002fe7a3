package faults

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// These are the smallest cases of the defects that the tests of this package have found.

// once alters the first answer that f selects. The test fails if f selects none.
func once(w *world, f func(*http.Request, *httptest.ResponseRecorder) bool, bent func(http.ResponseWriter, *httptest.ResponseRecorder)) {
	w.T.Helper()
	var mu sync.Mutex
	done := false
	w.T.Cleanup(func() {
		if !done && !w.T.Failed() {
			w.T.Error("no answer was bent, so this test shows nothing")
		}
	})
	w.bend(func(_ int, next http.Handler, rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		mu.Lock()
		hit := !done && f(r, rec)
		done = done || hit
		mu.Unlock()
		if hit {
			bent(rw, rec)
			return
		}
		answer(rw, rec, rec.Body.Bytes())
	})
}

func answer(rw http.ResponseWriter, rec *httptest.ResponseRecorder, body []byte) {
	maps.Copy(rw.Header(), rec.Header())
	rw.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
	rw.WriteHeader(rec.Code)
	_, _ = rw.Write(body)
}

func cutOff(rw http.ResponseWriter, rec *httptest.ResponseRecorder) {
	answer(rw, rec, rec.Body.Bytes()[:rec.Body.Len()/2])
}

// A rejection whose body is cut off has lost its reason, so the provider repeats the request, as it does if a success is
// cut off.
func TestAccCutOffRefusals(t *testing.T) {
	t.Parallel()
	b := acctest.Behaviour(t, 15*time.Millisecond)
	t.Run("404 at the end of a void", func(t *testing.T) {
		w := newWorld(t, b)
		defer w.close()
		cfg, tf := zoneOf(t, 1, 1), w.terraform()
		acctest.NoError(t, tf.apply(t.Context(), cfg))
		once(w, func(r *http.Request, rec *httptest.ResponseRecorder) bool { return rec.Code == http.StatusNotFound }, cutOff)
		acctest.WantNoError(t, tf.destroy(t.Context()))
	})
	t.Run("1406 after a lost answer", func(t *testing.T) {
		w := newWorld(t, b)
		defer w.close()
		cfg, tf := zoneOf(t, 1, 0), w.terraform()
		// The list does not show the upload until the API has rejected the second POST, however long that takes.
		lag := func(d time.Duration) {
			w.Sim.Behave(func(b *simulator.Behaviour) { b.ListLag = simulator.Duration(d) })
		}
		lag(time.Hour)
		w.Sim.AddFault(simulator.Fault{Method: "POST", Times: 1, Do: simulator.Action{ResetAfter: true}})
		once(w, func(_ *http.Request, rec *httptest.ResponseRecorder) bool {
			return strings.Contains(rec.Body.String(), "1406")
		}, func(rw http.ResponseWriter, rec *httptest.ResponseRecorder) {
			lag(0)
			cutOff(rw, rec)
		})
		acctest.WantNoError(t, tf.apply(t.Context(), cfg))
	})
}

// The provider stores an association in the state even if every answer to its write was lost. So a destroy removes it,
// and can then delete its certificate.
func TestAccLostAssociationIsDestroyed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, acctest.Behaviour(t, 15*time.Millisecond))
	defer w.close()
	w.provider = arguments{"max_retries": 1}
	cfg, tf := zoneOf(t, 1, 1), w.terraform()
	cfg["origintls_hostname_certificate.c0"]["timeouts"] = arguments{"delete": "10s"}
	w.Sim.AddFault(simulator.Fault{Method: "PUT", Path: `/hostnames$`, Do: simulator.Action{ResetAfter: true}})
	if err := tf.apply(t.Context(), cfg); err == nil {
		t.Fatal("the apply succeeded")
	}
	w.Sim.ClearFaults()
	if err := tf.destroy(t.Context()); err != nil {
		t.Errorf("destroy: %v", err)
	}
	w.WantNothingLive()
}

// The wait for a deletion also ends if somebody has uploaded the certificate again under its former id. That happens if a
// configuration returns to a deposed certificate while it is being deleted. The status `deleted` may fall between two
// reads, so that the provider never sees it.
func TestAccDeletionEndsWhenTheCertificateComesBack(t *testing.T) {
	t.Parallel()
	b := acctest.Behaviour(t, 0)
	b.StickDeletions = true
	w := newWorld(t, b)
	defer w.close()
	tf, pair := w.terraform(), certtest.Leaf(t, "one")
	const address = "origintls_zone_certificate.c"
	cfg := config{address: certificateArguments(pair)}
	cfg[address]["timeouts"] = arguments{"delete": "10s"}
	acctest.NoError(t, tf.apply(t.Context(), cfg))
	again := `{"certificate":` + strconv.Quote(pair.Certificate) + `,"private_key":` + strconv.Quote(pair.PrivateKey) + `}`
	// The destroy sends a read, the DELETE, a read that shows pending_deletion, and another read.
	w.bend(func(n int, next http.Handler, rw http.ResponseWriter, r *http.Request) {
		if n == 4 {
			w.straighten()
			w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeletions = false })
			w.Send("POST", "", again)
		}
		next.ServeHTTP(rw, r)
	})
	acctest.WantNoError(t, tf.destroy(t.Context()))
}

// A deletion that runs into its timeout reports the reason, even if a request was under way at that moment.
func TestAccDeadlineDoesNotHideTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, acctest.Behaviour(t, 0))
	defer w.close()
	cfg, tf := zoneOf(t, 1, 0), w.terraform()
	cfg["origintls_hostname_certificate.c0"]["timeouts"] = arguments{"delete": "4s"}
	acctest.NoError(t, tf.apply(t.Context(), cfg))
	w.Sim.AddAssociation(zone, "other.example.com", w.State().HostnameCertificates[0].ID, true)
	w.Sim.Behave(func(b *simulator.Behaviour) { b.Latency = simulator.Duration(200 * time.Millisecond) })
	err := tf.destroy(t.Context())
	if err == nil || !acctest.Says("1433", whoUsesIt(w, "other.example.com")).MatchString(err.Error()) {
		t.Errorf("destroy: %v", err)
	}
}

// whoUsesIt returns what the error of a rejected deletion (1433) says about the hostname that still uses the certificate. It
// can only name the hostname if the API serves the list of associations. Under the preset strict, it does not.
func whoUsesIt(w *world, hostname string) string {
	told := "These hostnames are served with it now: " + hostname
	w.Sim.Behave(func(b *simulator.Behaviour) {
		if b.PagedListStatus != 0 {
			told = "The provider could not find out which hostnames still use it."
		}
	})
	return told
}

// A rotation was interrupted after its upload, so no state knows the new certificate. The error's advice works although
// the address still has the former certificate.
func TestAccAdviceForALostRotation(t *testing.T) {
	w, cli := acctest.Start(t)
	former, next := certtest.Leaf(t, "former"), certtest.Leaf(t, "next")
	cli.Write("main.tf", acctest.Certificate("zone", "edge", former, acctest.CBD))
	cli.Apply()
	// The state and the API are as if somebody had killed the rotation after its upload.
	w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, next.Certificate, next.PrivateKey)
	cli.Write("main.tf", acctest.Certificate("zone", "edge", next, acctest.CBD))
	r := cli.Run("apply", "-auto-approve", "-no-color")
	told := importAdvice.FindStringSubmatch(r.Output)
	if told == nil {
		t.Fatalf("the apply names no import block:\n%s", r.Output)
	}
	acctest.WantSays(t, r.Output, "first run `terraform state mv ADDRESS origintls_zone_certificate.former`")
	cli.Must(0, "state", "mv", "origintls_zone_certificate.edge", "origintls_zone_certificate.former")
	cli.Write("import.tf", "import {\n  to = origintls_zone_certificate.edge\n  id = \""+told[2]+"\"\n}\n")
	if r := cli.Run("apply", "-auto-approve", "-no-color"); r.Code != 0 {
		t.Errorf("with the import block:\n%s", r.Output)
	}
}

// A rotation could not delete the former certificate, and the user returns to it. The apply adopts the certificate and does not
// delete it.
func TestAccTheWayBackToADeposedCertificate(t *testing.T) {
	w, cli := acctest.Start(t)
	former, next := certtest.Leaf(t, "former"), certtest.Leaf(t, "next")
	write := func(p certtest.Pair) {
		cli.Write("main.tf", "provider \"origintls\" {\n  max_retries = 0\n}\n"+acctest.Certificate("zone", "edge", p, acctest.CBD))
	}
	write(former)
	cli.Apply()
	w.Sim.AddFault(simulator.Fault{Method: "DELETE", Do: simulator.Action{Status: 500}})
	write(next)
	cli.Must(1, "apply", "-auto-approve", "-no-color") // now the former certificate is deposed
	w.Sim.ClearFaults()
	write(former)
	cli.Apply()
	status := map[string]string{}
	for _, c := range w.State().ZoneCertificates {
		status[c.Fingerprint] = c.Status
	}
	if was, is := status[certpem.Fingerprint(next.Certificate)], status[certpem.Fingerprint(former.Certificate)]; is != "active" || was != "deleted" {
		t.Errorf("after the way back, the former certificate is %s and the other one %s; want active, deleted", is, was)
	}
	cli.EmptyPlan()
}

// With create_before_destroy, the destroy of a replaced setting or association must not undo its replacement: both are
// the same object at Cloudflare.
func TestAccReplacementUnderCreateBeforeDestroy(t *testing.T) {
	w, cli := acctest.Start(t)
	setting := strings.Replace(acctest.Setting(true), "\n}\n", "\n"+acctest.CBD+"\n}\n", 1)
	cli.Write("main.tf", setting+acctest.Certificate("hostname", "c", certtest.Leaf(t, "one"))+acctest.Association("a", "api.example.com", "c", acctest.CBD))
	cli.Apply()
	cli.Must(0, "apply", "-auto-approve", "-no-color", "-replace=origintls_zone_setting.this", "-replace=origintls_hostname_association.a")
	if z := w.State(); !z.Enabled || len(z.Associations) != 1 {
		t.Errorf("after the replacement the setting is %v, the associations %v", z.Enabled, z.Associations)
	}
	cli.EmptyPlan()
}

// An apply adopts a certificate and is interrupted before it drops the former instance. So the state has the certificate
// twice. The next apply keeps it.
func TestAccAnAdoptedCertificateIsNotDeletedWithItsFormerInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, acctest.Behaviour(t, 0))
	defer w.close()
	cfg, tf := zoneOf(t, 1, 1), w.terraform()
	acctest.NoError(t, tf.apply(t.Context(), cfg))
	before := w.State()
	tf.replace = map[string]bool{"origintls_zone_certificate.c0": true, "origintls_hostname_certificate.c0": true}
	cfg["origintls_hostname_association.a0"]["enabled"] = false
	w.Sim.AddFault(simulator.Fault{Method: "PUT", Path: "/hostnames$", Do: simulator.Action{Status: 400, Body: `{"success":false,"errors":[{"code":19001,"message":"no"}],"messages":[]}`}})
	if err := tf.apply(t.Context(), cfg); err == nil || len(tf.state["origintls_zone_certificate.c0"].deposed) == 0 {
		t.Fatalf("the apply was to end before the deletions: %v, %s", err, tf)
	}
	w.Sim.ClearFaults()
	tf.replace = nil
	w.Sim.ClearRequests()
	err := tf.apply(t.Context(), cfg)
	if err != nil { // the refresh read the former instance before the one that has the certificate
		err = tf.apply(t.Context(), cfg)
	}
	after := w.State()
	if err != nil || after.ZoneCertificates[0].Status != "active" || after.HostnameCertificates[0].Status != "active" ||
		after.ZoneCertificates[0].ID != before.ZoneCertificates[0].ID || len(tf.state["origintls_zone_certificate.c0"].deposed) > 0 {
		t.Errorf("%v: %+v, %s", err, after, tf)
	}
	if n := w.Sent("DELETE"); n > 0 {
		t.Errorf("%d deletions were sent", n)
	}
}
