package rotation

import (
	"context"
	"crypto/x509"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// origin answers 200 and the client certificate's subject to whoever presents a certificate of an authority
// that it trusts, and refuses everybody else. At first it trusts nobody of interest.
type origin interface {
	Address() string
	// Trust returns when the origin trusts these authorities and no others. Connections under way go on.
	Trust(t testing.TB, cas ...certtest.Pair)
}

func newIdentity(t testing.TB) origins.Identity {
	t.Helper()
	return origins.NewIdentity(t, slices.Collect(maps.Keys(certificateOf))...)
}

// newOrigin is nginx as the guide shows it, or the stand-in where there is none.
func newOrigin(t testing.TB, id origins.Identity) origin {
	t.Helper()
	if origins.Nginx().Installed(t) {
		return startNginx(t, id)
	}
	t.Log("there is no nginx here: crypto/tls stands in for the origin")
	return origins.StartStandIn(t, id)
}

func startNginx(t testing.TB, id origins.Identity) origin {
	t.Helper()
	return origins.Start(t, origins.Nginx(), origins.Insist, id)
}

// Both origins keep what origin promises; else no failed pull would mean anything.
func TestOriginsServeWhomTheyTrust(t *testing.T) {
	for name, start := range map[string]func(testing.TB, origins.Identity) origin{
		"nginx":    startNginx,
		"stand-in": func(t testing.TB, id origins.Identity) origin { t.Helper(); return origins.StartStandIn(t, id) },
	} {
		t.Run(name, func(t *testing.T) {
			id := newIdentity(t)
			o := start(t, id)
			one, two := certtest.CA(t, "one"), certtest.CA(t, "two")
			ofOne, ofTwo := one.Issue(t, "of one"), two.Issue(t, "of two")
			for _, step := range []struct {
				trusted []certtest.Pair
				serves  [2]bool
			}{
				{[]certtest.Pair{one}, [2]bool{true, false}},
				{[]certtest.Pair{one, two}, [2]bool{true, true}},
				{[]certtest.Pair{two}, [2]bool{false, true}},
			} {
				o.Trust(t, step.trusted...)
				for i, pair := range []certtest.Pair{ofOne, ofTwo} {
					if got := serves(t, o, id.Roots, pair); got != step.serves[i] {
						t.Errorf("trusting %d authorities, the origin serves %s: %v", len(step.trusted), pair.Leaf.Subject, got)
					}
				}
				if serves(t, o, id.Roots, certtest.Pair{}) {
					t.Error("the origin serves without a certificate")
				}
			}
		})
	}
}

// serves reports whether the origin answers an edge that presents this certificate, if there is one.
func serves(t *testing.T, o origin, roots *x509.CertPool, pair certtest.Pair) bool {
	t.Helper()
	sim := simulator.New(simulator.Options{})
	if pair.Leaf != nil {
		sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
		sim.SetSetting(acctest.Zone, true)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	response, err := sim.Pull(ctx, acctest.Zone, "www.example.com", o.Address(), roots)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return false
	}
	if pair.Leaf != nil && string(body) != pair.Leaf.Subject.String() {
		t.Errorf("the origin says %q to %s", body, pair.Leaf.Subject)
	}
	return true
}
