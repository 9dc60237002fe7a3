package rotation

import (
	"maps"
	"slices"
	"testing"

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
