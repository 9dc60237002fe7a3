// Package live runs the whole life of every resource against a backend: the simulator in every test run, and the real API if
// somebody provides credentials and a zone for it. The tests make no assumptions about the backend. Other packages test what only a
// simulator can do on request, such as faults, stuck deployments and other forms of answers.
package live

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// mark is in the subject of every certificate and in every hostname that these tests create. So they can distinguish what an
// earlier run has left behind from everything else in the zone.
const mark = "origintls-live"

// backend is the API that the tests use.
type backend struct {
	*acctest.World

	zone, domain, token string
	api                 *client.Client
}

// newBackend returns the real API if ORIGINTLS_LIVE=1, and a simulator otherwise. It leaves the zone as it was before.
func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{zone: acctest.Zone, domain: "example.com", token: acctest.Token}
	if os.Getenv("ORIGINTLS_LIVE") == "" {
		b.World = acctest.New(t)
	} else {
		b.World = &acctest.World{T: t, URL: os.Getenv("CLOUDFLARE_BASE_URL")}
		if b.URL == "" {
			b.URL = client.DefaultBaseURL
		}
		for name, v := range map[string]*string{"CLOUDFLARE_API_TOKEN": &b.token, "CLOUDFLARE_ZONE_ID": &b.zone, "CLOUDFLARE_DOMAIN": &b.domain} {
			if *v = os.Getenv(name); *v == "" {
				t.Fatalf("ORIGINTLS_LIVE is set, but %s is not", name)
			}
		}
	}
	api, err := client.New(client.Options{BaseURL: b.URL, Token: b.token, MaxRetries: client.DefaultMaxRetries, RequestBudget: client.DefaultRequestBudget})
	acctest.NoError(t, err)
	b.api = api
	b.restore(t)
	return b
}

// restore removes what an earlier run has left behind, now and at the end of the test. At the end, it also restores the zone's
// setting.
func (b *backend) restore(t *testing.T) {
	t.Helper()
	before, err := b.api.Zone(b.zone).Setting.Get(t.Context())
	acctest.NoError(t, err)
	b.sweep(t.Context(), t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		b.sweep(ctx, t)
		if err := b.api.Zone(b.zone).Setting.Put(ctx, before); err != nil {
			t.Errorf("the zone's setting could not be set back to %v: %v", before, err)
		}
	})
}

// sweep voids the marked hostnames and deletes the marked certificates.
func (b *backend) sweep(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, name := range b.hostnames() {
		row, err := b.api.Zone(b.zone).Associations.Get(ctx, name)
		if err == nil && !row.Gone() {
			t.Logf("voiding %s, which was left behind", name)
			err = b.api.Zone(b.zone).Associations.Void(ctx, name, row.CertificateID, row.Status, false)
		}
		if err != nil && !client.IsNotFound(err) {
			t.Errorf("voiding %s: %v", name, err)
		}
	}
	for _, kind := range []client.CertificateKind{client.ZoneCertificate, client.HostnameCertificate} {
		for _, cert := range b.marked(ctx, t, kind) {
			t.Logf("deleting %s %s, which was left behind", kind, cert.ID)
			if err := b.api.Zone(b.zone).Certificates(kind).Delete(ctx, cert.ID, client.Key{}, cert.Status, false); err != nil {
				t.Errorf("deleting %s: %v", cert.ID, err)
			}
		}
	}
}

// marked returns the existing certificates of these tests.
func (b *backend) marked(ctx context.Context, t *testing.T, kind client.CertificateKind) []client.Certificate {
	t.Helper()
	certs, err := b.api.Zone(b.zone).Certificates(kind).List(ctx)
	acctest.NoError(t, err)
	return slices.DeleteFunc(certs, func(c client.Certificate) bool {
		leaf, err := certpem.ParseFirst(c.PEM)
		return c.Status.Gone() || err != nil || !strings.HasPrefix(leaf.Subject.CommonName, mark)
	})
}

func (b *backend) hostnames() []string { return acctest.Hostnames(mark+"-%d."+b.domain, 4) }

// workspace returns a working directory for this backend.
func (b *backend) workspace(t *testing.T) *acctest.CLI {
	t.Helper()
	cli := b.CLI(t)
	cli.Env = append(cli.Env, "CLOUDFLARE_API_TOKEN="+b.token, "TF_VAR_zone_id="+b.zone, "TF_VAR_domain="+b.domain)
	cli.Write("variables.tf", "variable \"zone_id\" {}\nvariable \"domain\" {}\n")
	return cli
}

// provide writes a new pair as NAME.pem and NAME.key.
func provide(t *testing.T, cli *acctest.CLI, name, generation string) certtest.Pair {
	t.Helper()
	pair := certtest.Leaf(t, mark+" "+name+" "+generation)
	cli.Write(name+".pem", pair.Certificate)
	cli.Write(name+".key", pair.PrivateKey)
	return pair
}
