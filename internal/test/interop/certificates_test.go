package interop

import (
	"errors"
	"net/http"
	"regexp"
	"testing"
	"time"

	aop "github.com/cloudflare/cloudflare-go/v7/origin_tls_client_auth" //nolint:depguard // what this module is for
	"github.com/cloudflare/cloudflare-go/v7/packages/pagination"        //nolint:depguard // what this module is for

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// service is one of the SDK's three ways to certificates.
type service struct {
	missing, unknown string // as in seen
	notFound         int64
	upload           func(certtest.Pair) (seen, error)
	list, each       func() (page, error)
	get, remove      func(id string) (seen, error)
}

// page is a list as the SDK decoded it.
type page struct {
	rows   []seen
	result string // as it came: null for an empty list
}

func lookAll[T any](p *pagination.SinglePage[T], err error) (page, error) {
	if err != nil {
		return page{}, err
	}
	out := page{result: p.JSON.Result.Raw()}
	for i := range p.Result {
		row, err := look(&p.Result[i], nil)
		if err != nil {
			return page{}, err
		}
		out.rows = append(out.rows, row)
	}
	return out, nil
}

func walk[T any](pager *pagination.SinglePageAutoPager[T]) (page, error) {
	var out page
	for pager.Next() {
		current := pager.Current()
		row, err := look(&current, nil)
		if err != nil {
			return page{}, err
		}
		out.rows = append(out.rows, row)
	}
	return out, pager.Err()
}

func deprecatedService(w *world) service {
	s, ctx := w.sdk, w.t.Context()
	//nolint:staticcheck // these methods are still there, and so their users
	return service{
		missing: "PrivateKey", unknown: "serial_number updated_at", notFound: 1552,
		upload: func(pair certtest.Pair) (seen, error) {
			return look(s.New(ctx, upload[aop.OriginTLSClientAuthNewParams](pair)))
		},
		list: func() (page, error) { return lookAll(s.List(ctx, in[aop.OriginTLSClientAuthListParams](zone))) },
		each: func() (page, error) {
			return walk(s.ListAutoPaging(ctx, in[aop.OriginTLSClientAuthListParams](zone)))
		},
		get: func(id string) (seen, error) {
			return look(s.Get(ctx, id, in[aop.OriginTLSClientAuthGetParams](zone)))
		},
		remove: func(id string) (seen, error) {
			return look(s.Delete(ctx, id, in[aop.OriginTLSClientAuthDeleteParams](zone)))
		},
	}
}

func zoneService(w *world) service {
	s, ctx := w.sdk.ZoneCertificates, w.t.Context()
	return service{
		missing: "PrivateKey", unknown: "serial_number updated_at", notFound: 1552,
		upload: func(pair certtest.Pair) (seen, error) {
			return look(s.New(ctx, upload[aop.ZoneCertificateNewParams](pair)))
		},
		list: func() (page, error) { return lookAll(s.List(ctx, in[aop.ZoneCertificateListParams](zone))) },
		each: func() (page, error) { return walk(s.ListAutoPaging(ctx, in[aop.ZoneCertificateListParams](zone))) },
		get:  func(id string) (seen, error) { return look(s.Get(ctx, id, in[aop.ZoneCertificateGetParams](zone))) },
		remove: func(id string) (seen, error) {
			return look(s.Delete(ctx, id, in[aop.ZoneCertificateDeleteParams](zone)))
		},
	}
}

func hostnameService(w *world) service {
	s, ctx := w.sdk.HostnameCertificates, w.t.Context()
	return service{
		unknown: "updated_at", notFound: 1551,
		upload: func(pair certtest.Pair) (seen, error) {
			return look(s.New(ctx, upload[aop.HostnameCertificateNewParams](pair)))
		},
		list: func() (page, error) { return lookAll(s.List(ctx, in[aop.HostnameCertificateListParams](zone))) },
		each: func() (page, error) {
			return walk(s.ListAutoPaging(ctx, in[aop.HostnameCertificateListParams](zone)))
		},
		get: func(id string) (seen, error) {
			return look(s.Get(ctx, id, in[aop.HostnameCertificateGetParams](zone)))
		},
		remove: func(id string) (seen, error) {
			return look(s.Delete(ctx, id, in[aop.HostnameCertificateDeleteParams](zone)))
		},
	}
}

var services = map[string]func(*world) service{
	"deprecated": deprecatedService, "zone": zoneService, "hostname": hostnameService,
}

// wantCertificate is all that the SDK can read of a certificate uploaded now.
func (w *world) wantCertificate(s service, id string, pair certtest.Pair) seen {
	return seen{
		ID: id, Status: "pending_deployment", Certificate: echo(pair.Certificate),
		Issuer: pair.Leaf.Issuer.String(), Signature: "ECDSA-SHA256", SerialNumber: pair.Leaf.SerialNumber.String(),
		ExpiresOn: pair.Leaf.NotAfter.UTC(), UploadedOn: w.stamp(),
		missing: s.missing, unknown: s.unknown,
	}
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// TestCertificateLife follows a certificate from upload to tombstone.
func TestCertificateLife(t *testing.T) {
	for name, serve := range services {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			s, pair := serve(w), certtest.Leaf(t, name)

			empty, err := s.list()
			noError(t, err)
			if empty.result != "null" || empty.rows != nil {
				t.Errorf("the empty list is %+v, want null", empty)
			}

			got, err := s.upload(pair)
			noError(t, err)
			if !uuid.MatchString(got.ID) {
				t.Errorf("the id %q is no UUID", got.ID)
			}
			want := w.wantCertificate(s, got.ID, pair)
			wantSeen(t, got, want)
			want = asRead(want)
			wantListed(t, s, want)

			_, err = s.remove(want.ID)
			wantError(t, err, http.StatusBadRequest, 1434)
			_, err = s.upload(pair)
			wantError(t, err, http.StatusBadRequest, 1406)

			w.later()
			want.Status = "active"
			wantGot(t, s, want)
			wantListed(t, s, want)

			want.Status = "pending_deletion"
			got, err = s.remove(want.ID)
			noError(t, err)
			wantSeen(t, got, want)
			wantGot(t, s, want)
			wantListed(t, s, want)

			w.later()
			want.Status = "deleted"
			wantGot(t, s, want)
			wantListed(t, s)
		})
	}
}

func wantGot(t *testing.T, s service, want seen) {
	t.Helper()
	got, err := s.get(want.ID)
	noError(t, err)
	wantSeen(t, got, want)
}

// wantListed wants these rows, in the list and by its pager.
func wantListed(t *testing.T, s service, want ...seen) {
	t.Helper()
	for _, list := range []func() (page, error){s.list, s.each} {
		got, err := list()
		noError(t, err)
		if len(got.rows) != len(want) {
			t.Fatalf("the list has %d rows, want %d", len(got.rows), len(want))
		}
		for i := range want {
			wantSeen(t, got.rows[i], want[i])
		}
	}
}

// TestOtherShapes: the disputed shapes of a list mean the same to the SDK.
func TestOtherShapes(t *testing.T) {
	for name, serve := range services {
		t.Run(name, func(t *testing.T) {
			w := start(t, func(b *simulator.Behaviour) {
				b.EmptyLists, b.ListInfo, b.ExtraFields = simulator.EmptyArray, simulator.ListInfoAll, true
				b.DropSerialNumber, b.DropUpdatedAt, b.ActiveAtOnce = true, true, true
			})
			s, pair := serve(w), certtest.Leaf(t, name)
			empty, err := s.list()
			noError(t, err)
			if empty.result != "[]" || empty.rows != nil {
				t.Errorf("the empty list is %+v, want []", empty)
			}
			got, err := s.upload(pair)
			noError(t, err)
			want := w.wantCertificate(s, got.ID, pair)
			want.Status, want.SerialNumber, want.unknown = "active", "", "future_field"
			if name == "hostname" {
				want.missing = "SerialNumber"
			}
			wantSeen(t, got, want)
			wantListed(t, s, want)
		})
	}
}

// TestOlderRows: of the hostname certificate list's older shape, the SDK reads
// neither id nor time of upload.
func TestOlderRows(t *testing.T) {
	w := start(t, func(b *simulator.Behaviour) { b.HostnameRowsAreAssociations = true })
	c, s := w.certificate("c"), hostnameService(w)
	_, err := w.put(row(api, c.id, true))
	noError(t, err)
	w.later()
	want := w.wantCertificate(s, "", c.Pair)
	want.Status, want.UploadedOn = "active", time.Time{}
	want.missing = "ID UploadedOn"
	want.unknown = "cert_id cert_status cert_updated_at cert_uploaded_on enabled hostname"
	wantListed(t, s, want)
}

// TestStatuses: every documented status is one that the SDK knows.
func TestStatuses(t *testing.T) {
	w := start(t)
	c, zones := w.certificate("c"), zoneService(w)
	ofZone, err := zones.upload(certtest.Leaf(t, "zone"))
	noError(t, err)
	_, err = w.put(row(api, c.id, true))
	noError(t, err)
	for _, status := range []string{
		"initializing", "pending_deployment", "active", "pending_deletion", "deleted",
		"deployment_timed_out", "deletion_timed_out",
	} {
		w.sim.SetCertificateStatus(simulator.ZoneCertificate, zone, ofZone.ID, status)
		w.sim.SetCertificateStatus(simulator.HostnameCertificate, zone, c.id, status)
		inZone, errZone := zones.get(ofZone.ID)
		ofHostname, errHostname := hostnameService(w).get(c.id)
		association, errAssociation := w.association(api)
		noError(t, errors.Join(errZone, errHostname, errAssociation))
		if got := inZone.trouble + ofHostname.trouble + association.trouble; got != "" {
			t.Errorf("%s: %s", status, got)
		}
		if inZone.Status != status || ofHostname.Status != status || association.CERTStatus != status {
			t.Errorf("%s is read as %s, %s and %s", status, inZone.Status, ofHostname.Status, association.CERTStatus)
		}
	}
}
