package interop

import (
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"                     //nolint:depguard // what this module is for
	aop "github.com/cloudflare/cloudflare-go/v7/origin_tls_client_auth" //nolint:depguard // what this module is for

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	zone    = "0123456789abcdef0123456789abcdef"
	nowhere = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60" // no certificate has this id
	wait    = 2 * time.Second                        // every duration of the simulator here

	api, www = "api.example.com", "www.example.com"
)

// world is a simulator on a clock in the test's hand, and the SDK in front of it.
type world struct {
	t   *testing.T
	sim *simulator.Server
	url string
	sdk *aop.OriginTLSClientAuthService

	mu  sync.Mutex
	now time.Time
}

func start(t *testing.T, changes ...func(*simulator.Behaviour)) *world {
	t.Helper()
	b := simulator.Defaults()
	b.DeployAfter, b.AssociateAfter = simulator.Duration(wait), simulator.Duration(wait)
	for _, change := range changes {
		change(&b)
	}
	w := &world{t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)}
	w.sim = simulator.New(simulator.Options{Now: w.clock, Behaviour: b})
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.url = server.URL + "/client/v4"
	w.sdk = w.with(option.WithAPIToken("writer"))
	return w
}

// with is another SDK on the same simulator. It does not retry, unless the
// options say so: its pauses are real.
func (w *world) with(options ...option.RequestOption) *aop.OriginTLSClientAuthService {
	first := []option.RequestOption{option.WithBaseURL(w.url), option.WithMaxRetries(0)}
	return aop.NewOriginTLSClientAuthService(append(first, options...)...)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) later() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(wait)
}

// stamp is the present time in the form of the answers: with six decimals.
func (w *world) stamp() time.Time { return w.clock().Truncate(time.Microsecond) }

// given are the fields of a params struct.
type given map[string]any

// params fills a params struct as cloudflare.F does, and cloudflare.Null for a
// nil; see the package comment. It panics on a name that P does not have.
func params[P any](fields given) P {
	var p P
	for name, value := range fields {
		field := reflect.ValueOf(&p).Elem().FieldByName(name)
		field.FieldByName("Present").SetBool(true)
		if value == nil {
			field.FieldByName("Null").SetBool(true)
		} else {
			field.FieldByName("Value").Set(reflect.ValueOf(value))
		}
	}
	return p
}

// in is for requests that say nothing but the zone.
func in[P any](zone string) P { return params[P](given{"ZoneID": zone}) }

func upload[P any](pair certtest.Pair) P {
	return params[P](given{"ZoneID": zone, "Certificate": pair.Certificate, "PrivateKey": pair.PrivateKey})
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError checks that the SDK made its API error of an answer, with these codes.
func wantError(t *testing.T, err error, status int, codes ...int64) {
	t.Helper()
	var refusal *aop.Error // the same type as cloudflare.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("the error is %T (%v), want %T", err, err, refusal)
	}
	var got []int64
	for _, e := range refusal.Errors {
		got = append(got, e.Code)
		if e.Message == "" {
			t.Errorf("code %d has no message", e.Code)
		}
	}
	if refusal.StatusCode != status || !slices.Equal(got, codes) {
		t.Fatalf("refused with %d, codes %v, want %d, codes %v: %v", refusal.StatusCode, got, status, codes, err)
	}
}

// metadata is the SDK's apijson.Field: how a field of an answer was found.
type metadata interface {
	IsNull() bool
	IsMissing() bool
	IsInvalid() bool
	Raw() string
}

// seen is an answer as the SDK decoded it, whichever of its types that is.
type seen struct {
	ID, CERTID, Hostname, Status, CERTStatus     string
	Certificate, Issuer, Signature, SerialNumber string

	ExpiresOn, UploadedOn, CreatedAt, UpdatedAt time.Time
	CERTUploadedOn, CERTUpdatedAt               time.Time

	enabled string // true, false, null; empty: no such member
	missing string // fields of the SDK that the answer does not have
	unknown string // members of the answer that the SDK does not have
	trouble string // fields that the SDK could not make sense of
}

// look reads the fields that result has, by the same rule as a selector: the
// outer struct's before the embedded one's. It takes both values of a call.
func look[T any](result *T, err error) (seen, error) {
	var s seen
	if err != nil {
		return s, err
	}
	from, to := reflect.ValueOf(result).Elem(), reflect.ValueOf(&s).Elem()
	for i := range to.NumField() {
		field := from.FieldByName(to.Type().Field(i).Name)
		if !field.IsValid() {
			continue
		}
		if status, ok := reflect.TypeAssert[interface{ IsKnown() bool }](field); ok && !status.IsKnown() {
			s.trouble += fmt.Sprintf("unknown status %v ", field)
		}
		to.Field(i).Set(field.Convert(to.Field(i).Type()))
	}
	s.lookClosely(from)
	return s, nil
}

// lookClosely reads the metadata beside the fields, of the result and of what
// it embeds: the SDK decodes each of the two by itself.
func (s *seen) lookClosely(result reflect.Value) {
	levels := []reflect.Value{result}
	for i := range result.NumField() {
		if result.Type().Field(i).Anonymous {
			levels = append(levels, result.Field(i))
		}
	}
	missing, unknown := map[string]int{}, map[string]int{}
	for _, level := range levels {
		found := level.FieldByName("JSON")
		for i := range found.NumField() {
			name := found.Type().Field(i).Name
			switch field := found.Field(i); {
			case name == "ExtraFields":
				s.lookAtExtras(field, unknown)
			case found.Type().Field(i).IsExported():
				s.lookAtField(name, field.Interface().(metadata), missing)
			}
		}
	}
	for name, levelsWithout := range unknown {
		if levelsWithout < len(levels) { // the other one knows it
			delete(unknown, name)
		}
	}
	s.missing, s.unknown = names(missing), names(unknown)
}

func (s *seen) lookAtField(name string, field metadata, missing map[string]int) {
	switch {
	case name == "Enabled":
		s.enabled = field.Raw()
	case field.IsMissing():
		missing[name]++
	case field.IsInvalid(), field.IsNull():
		s.trouble += name + " is " + field.Raw() + " "
	}
}

func (s *seen) lookAtExtras(extras reflect.Value, unknown map[string]int) {
	for entry := extras.MapRange(); entry.Next(); {
		name := entry.Key().String()
		unknown[name]++
		if name == "serial_number" { // the SDK has no field for it in zone certificates
			s.SerialNumber = strings.Trim(entry.Value().Interface().(metadata).Raw(), `"`)
		}
	}
}

func names(set map[string]int) string { return strings.Join(slices.Sorted(maps.Keys(set)), " ") }

// asRead is an answer to an upload as reads show the certificate: without
// updated_at, which only that answer has.
func asRead(uploaded seen) seen {
	uploaded.unknown = strings.TrimSpace(strings.Replace(uploaded.unknown, "updated_at", "", 1))
	return uploaded
}

// echo is a PEM as the API gives it back: with exactly one newline at its end.
func echo(pem string) string { return strings.TrimSpace(pem) + "\n" }

// wantSeen compares everything.
func wantSeen(t *testing.T, got, want seen) {
	t.Helper()
	if got != want {
		t.Fatalf("the SDK reads\n%+v\nwant\n%+v", got, want)
	}
}
