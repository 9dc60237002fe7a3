package interop

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"                     //nolint:depguard // what this module is for
	aop "github.com/cloudflare/cloudflare-go/v7/origin_tls_client_auth" //nolint:depguard // what this module is for

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func upload(pair certtest.Pair) given {
	return given{"Certificate": pair.Certificate, "PrivateKey": pair.PrivateKey}
}

// stamp returns the present time as the API writes it, with six decimals.
func (w *world) stamp() time.Time { return w.clock().Truncate(time.Microsecond) }

// certificateFields are the fields of a certificate that the SDK reads, in every operation that shows it.
func certificateFields(pair certtest.Pair) given {
	return given{
		"certificate": strings.TrimSpace(pair.Certificate) + "\n", "issuer": pair.Leaf.Issuer.String(), "signature": "ECDSA-SHA256",
		"expires_on": pair.Leaf.NotAfter.UTC(),
	}
}

// with returns fields with some of them changed.
func with(fields, changes given) given {
	changed := maps.Clone(fields)
	maps.Copy(changed, changes)
	return changed
}

// TestCertificates follows a certificate from the upload to the tombstone. It runs with the recorded forms of answers and with the
// disputed ones, which the SDK must read in the same way.
func TestCertificates(t *testing.T) {
	for shapes, change := range map[string]func(*simulator.Behaviour){
		"recorded": func(*simulator.Behaviour) {},
		"disputed": func(b *simulator.Behaviour) {
			b.EmptyLists, b.ListInfo, b.ExtraFields, b.DropUpdatedAt = simulator.EmptyArray, simulator.ListInfoAll, true, true
		},
	} {
		for _, name := range []string{"deprecated", "zone", "hostname"} {
			t.Run(shapes+" "+name, func(t *testing.T) {
				w := start(t, change)
				service := map[string]any{"deprecated": w.sdk, "zone": w.sdk.ZoneCertificates, "hostname": w.sdk.HostnameCertificates}[name]
				pair := certtest.Leaf(t, name)
				want := with(certificateFields(pair), given{"uploaded_on": w.stamp(), "status": "pending_deployment"})
				if name == "hostname" { // the SDK has no such field for zone certificates
					want["serial_number"] = pair.Leaf.SerialNumber.String()
				}
				listed := func(rows ...given) {
					t.Helper()
					w.reads(w.must(service, "List", "", nil), rows...)
					w.reads(w.must(service, "ListAutoPaging", "", nil), rows...)
				}
				listed()
				made := w.must(service, "New", "", upload(pair))
				w.reads(made, want)
				id := made[0]["id"].(string)
				want["id"] = id
				listed(want)
				_, err := w.call(service, "Delete", id, nil)
				w.refused(err, http.StatusBadRequest, 1434)
				_, err = w.call(service, "New", "", upload(pair))
				w.refused(err, http.StatusBadRequest, 1406)

				w.later()
				want["status"] = "active"
				w.reads(w.must(service, "Get", id, nil), want)
				listed(want)
				want["status"] = "pending_deletion"
				w.reads(w.must(service, "Delete", id, nil), want)
				listed(want)
				w.later()
				want["status"] = "deleted"
				w.reads(w.must(service, "Get", id, nil), want)
				listed()
			})
		}
	}
}

// hostnameCertificate returns the id of a deployed certificate, and the fields that the SDK reads of it in an association.
func (w *world) hostnameCertificate(name string) (id string, fields given) {
	w.t.Helper()
	pair := certtest.Leaf(w.t, name)
	fields = with(certificateFields(pair), given{"cert_uploaded_on": w.stamp(), "cert_status": "active", "serial_number": pair.Leaf.SerialNumber.String()})
	id = w.must(w.sdk.HostnameCertificates, "New", "", upload(pair))[0]["id"].(string)
	w.later()
	fields["cert_updated_at"], fields["cert_id"] = w.stamp(), id
	return id, fields
}

// TestStatuses checks that the SDK knows every documented status.
func TestStatuses(t *testing.T) {
	w := start(t)
	ofHostname, _ := w.hostnameCertificate("hostname")
	ofZone := w.must(w.sdk.ZoneCertificates, "New", "", upload(certtest.Leaf(t, "zone")))[0]["id"].(string)
	w.must(w.sdk.Hostnames, "Update", "", rows(row(api, ofHostname, true)))
	for _, status := range []string{
		"initializing", "pending_deployment", "active", "pending_deletion", "deleted", "deployment_timed_out", "deletion_timed_out",
	} {
		w.sim.SetCertificateStatus(simulator.ZoneCertificate, zone, ofZone, status)
		w.sim.SetCertificateStatus(simulator.HostnameCertificate, zone, ofHostname, status)
		w.reads(w.must(w.sdk.ZoneCertificates, "Get", ofZone, nil), given{"status": status})
		w.reads(w.must(w.sdk.HostnameCertificates, "Get", ofHostname, nil), given{"status": status})
		w.reads(w.must(w.sdk.Hostnames, "Get", api, nil), given{"cert_status": status})
	}
}

// row returns a row of a PUT. If enabled is nil, the SDK sends null.
func row(hostname, id string, enabled any) aop.HostnameUpdateParamsConfig {
	var r aop.HostnameUpdateParamsConfig
	fill(reflect.ValueOf(&r).Elem(), given{"Hostname": hostname, "CERTID": id, "Enabled": enabled})
	return r
}

func rows(all ...aop.HostnameUpdateParamsConfig) given { return given{"Config": all} }

// TestAssociations enables, disables, re-pins and voids an association, while another one must not change.
func TestAssociations(t *testing.T) {
	w := start(t)
	service := w.sdk.Hostnames
	first, ofFirst := w.hostnameCertificate("first")
	second, ofSecond := w.hostnameCertificate("second")
	want := with(ofFirst, given{"hostname": api, "status": "pending_deployment", "enabled": true, "created_at": w.stamp(), "updated_at": w.stamp()})
	other := with(want, given{"hostname": www, "enabled": false})
	w.reads(w.must(service, "Update", "", rows(row("API.Example.com", first, true), row(www, first, false))), want, other)
	created := w.stamp()
	deployed := func() {
		t.Helper()
		w.later()
		want = with(want, given{"status": "active", "created_at": created, "updated_at": w.stamp()})
		w.reads(w.must(service, "Get", api, nil), want)
	}
	deployed()
	other = with(other, given{"status": "active", "updated_at": w.stamp()})

	for _, step := range []struct {
		id      string
		fields  given
		enabled bool
	}{{first, ofFirst, false}, {first, ofFirst, true}, {second, ofSecond, true}} {
		want = with(with(want, step.fields), given{"status": "pending_deployment", "enabled": step.enabled, "updated_at": w.stamp()})
		// Only the answer to a change has no time of creation.
		w.reads(w.must(service, "Update", "", rows(row(api, step.id, step.enabled))), with(want, given{"created_at": time.Time{}}))
		deployed()
	}

	w.reads(w.must(service, "Update", "", rows(row(api, second, nil))), given{"hostname": api, "status": "pending_deletion", "updated_at": w.stamp()})
	w.reads(w.must(service, "Get", api, nil), given{"status": "active", "enabled": true}) // until the void has finished
	w.later()
	_, err := w.call(service, "Get", api, nil)
	w.refused(err, http.StatusNotFound, 1553)
	w.reads(w.must(service, "Get", www, nil), other)
}

// TestVoidIsNotDisabled checks the difference between null and false, which the SDK reads into the same bool and shows only in its
// metadata.
func TestVoidIsNotDisabled(t *testing.T) {
	w := start(t, func(b *simulator.Behaviour) { b.VoidedIsNull = true })
	id, _ := w.hostnameCertificate("c")
	var query aop.HostnameGetParams
	fill(reflect.ValueOf(&query).Elem(), given{"ZoneID": zone})
	for _, enabled := range []any{false, nil} {
		var change aop.HostnameUpdateParams
		fill(reflect.ValueOf(&change).Elem(), with(given{"ZoneID": zone}, rows(row(api, id, enabled))))
		put, err := w.sdk.Hostnames.Update(t.Context(), change)
		noError(t, err)
		if answer := put.Result[0]; answer.Enabled || answer.JSON.Enabled.IsNull() != (enabled == nil) || answer.JSON.Enabled.IsMissing() {
			t.Errorf("%v is answered by %q", enabled, answer.JSON.Enabled.Raw())
		}
		if enabled == nil {
			w.later()
		}
		get, err := w.sdk.Hostnames.Get(t.Context(), api, query)
		noError(t, err)
		if get.Enabled || get.JSON.Enabled.IsNull() != (enabled == nil) || get.JSON.Enabled.IsMissing() {
			t.Errorf("%v is read as %q", enabled, get.JSON.Enabled.Raw())
		}
	}
	requests := w.sim.Requests()
	sent, want := requests[len(requests)-2].Body, `{"config":[{"cert_id":"`+id+`","enabled":null,"hostname":"`+api+`"}]}`
	if sent != want {
		t.Errorf("the void was sent as %s, want %s", sent, want)
	}
}

// TestPutAnswersAll checks that the pager over the answer to a PUT sends the PUT once, even if the answer has all associations of the
// zone.
func TestPutAnswersAll(t *testing.T) {
	w := start(t, func(b *simulator.Behaviour) { b.PutAnswersAll, b.CreatedAtZero = true, true })
	id, fields := w.hostnameCertificate("c")
	w.must(w.sdk.Hostnames, "Update", "", rows(row(www, id, true)))
	w.sim.ClearRequests()
	got := w.must(w.sdk.Hostnames, "UpdateAutoPaging", "", rows(row(api, id, false)))
	w.reads(got, with(fields, given{"hostname": api, "enabled": false}), with(fields, given{"hostname": www, "enabled": true}))
	if n := len(w.sim.Requests()); n != 1 {
		t.Errorf("the pager made %d requests of one PUT", n)
	}
}

func TestSettings(t *testing.T) {
	w := start(t)
	w.reads(w.must(w.sdk.Settings, "Get", "", nil), given{"enabled": false})
	for _, enabled := range []bool{true, false} {
		w.reads(w.must(w.sdk.Settings, "Update", "", given{"Enabled": enabled}), given{"enabled": enabled})
		w.reads(w.must(w.sdk.Settings, "Get", "", nil), given{"enabled": enabled})
	}
}

// TestRetries checks that the SDK understands Retry-After, repeats the same request, and gives up in the end.
func TestRetries(t *testing.T) {
	w := start(t)
	w.sim.AddFault(simulator.Fault{
		Method: http.MethodPut, Times: 3,
		Do: simulator.Action{Status: http.StatusTooManyRequests, Code: 971, Message: "slow down", RetryAfter: "0"},
	})
	enable := given{"Enabled": true}
	_, err := w.call(w.sdk.Settings, "Update", "", enable, option.WithMaxRetries(1))
	w.refused(err, http.StatusTooManyRequests, 971)
	got, err := w.call(w.sdk.Settings, "Update", "", enable, option.WithMaxRetries(1))
	noError(t, err)
	w.reads(got, given{"enabled": true})
	requests := w.sim.Requests()
	if len(requests) != 4 {
		t.Fatalf("%d requests were made, want 4", len(requests))
	}
	for _, r := range requests {
		if r.Body != `{"enabled":true}` {
			t.Errorf("sent %s", r.Body)
		}
	}
}

// TestOperations fails if another version of the SDK has operations that are not tested here.
func TestOperations(t *testing.T) {
	const certificates = "Delete Get List ListAutoPaging New"
	for service, want := range map[any]string{
		(*aop.OriginTLSClientAuthService)(nil): certificates, (*aop.ZoneCertificateService)(nil): certificates,
		(*aop.HostnameCertificateService)(nil): certificates,
		(*aop.HostnameService)(nil):            "Get Update UpdateAutoPaging",
		(*aop.SettingService)(nil):             "Get Update",
	} {
		var methods []string
		for method := range reflect.TypeOf(service).Methods() {
			methods = append(methods, method.Name)
		}
		if got := strings.Join(methods, " "); got != want {
			t.Errorf("%T has the operations %s, tested are %s", service, got, want)
		}
	}
	if n := reflect.TypeFor[aop.OriginTLSClientAuthService]().NumField(); n != 5 {
		t.Errorf("the service has %d services, tested are 4", n-1)
	}
}
