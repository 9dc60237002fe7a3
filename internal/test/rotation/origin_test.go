package rotation

import (
	"maps"
	"slices"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// origin requires a client certificate of an authority that it trusts, answers 200 with the subject of the certificate, and
// rejects all other requests. At first it trusts no authority of the test.
type origin interface {
	Address() string
	// Trust makes the origin trust these authorities and no others, and returns when it does. Open connections continue.
	Trust(t testing.TB, cas ...certtest.Pair)
}

func newIdentity(t testing.TB) origins.Identity {
	t.Helper()
	return origins.NewIdentity(t, slices.Collect(maps.Keys(certificateOf))...)
}

// newOrigin starts nginx as the guide configures it, or the stand-in if nginx is not installed.
func newOrigin(t testing.TB, id origins.Identity) origin {
	t.Helper()
	if origins.Nginx().Installed(t) {
		return startNginx(t, id)
	}
	t.Log("nginx is not installed, so crypto/tls stands in for the origin")
	return origins.StartStandIn(t, id)
}

func startNginx(t testing.TB, id origins.Identity) origin {
	t.Helper()
	return origins.Start(t, origins.Nginx(), origins.Insist, id)
}
