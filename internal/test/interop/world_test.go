package interop

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"                     //nolint:depguard // what this module is for
	aop "github.com/cloudflare/cloudflare-go/v7/origin_tls_client_auth" //nolint:depguard // what this module is for

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

const (
	zone = "0123456789abcdef0123456789abcdef"
	wait = 2 * time.Second // how long deployments, voids and deletions take in these tests

	api, www = "api.example.com", "www.example.com"
)

// world is a simulator with a clock that the test moves, and the SDK that sends requests to it.
type world struct {
	t   *testing.T
	sim *simulator.Server
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
	w.sdk = aop.NewOriginTLSClientAuthService(option.WithBaseURL(server.URL+"/client/v4"), option.WithAPIToken("writer"), option.WithMaxRetries(0))
	return w
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

// given are fields of a params struct or of an answer, by the name of the field or of its JSON member.
type given map[string]any

// fill sets fields of a params struct like cloudflare.F, or like cloudflare.Null if the value is nil.
func fill(params reflect.Value, fields given) {
	for name, value := range fields {
		field := params.FieldByName(name)
		field.FieldByName("Present").SetBool(true)
		if value == nil {
			field.FieldByName("Null").SetBool(true)
		} else {
			field.FieldByName("Value").Set(reflect.ValueOf(value))
		}
	}
}

// call calls an operation of a service of the SDK for the zone. The three certificate services differ only in the types of their
// parameters and answers, so call finds the types by reflection. id is the second argument of the operations that have one. It
// returns the fields of the answer as the SDK decoded them: one object, or the rows of a page or of a pager.
func (w *world) call(service any, operation, id string, fields given, options ...option.RequestOption) ([]given, error) {
	w.t.Helper()
	method := reflect.ValueOf(service).MethodByName(operation)
	arguments := []reflect.Value{reflect.ValueOf(w.t.Context())}
	if method.Type().NumIn() == 4 {
		arguments = append(arguments, reflect.ValueOf(id))
	}
	params := reflect.New(method.Type().In(len(arguments))).Elem()
	fill(params, given{"ZoneID": zone})
	fill(params, fields)
	arguments = append(arguments, params)
	for _, o := range options {
		arguments = append(arguments, reflect.ValueOf(o))
	}
	results := method.Call(arguments)
	if len(results) == 2 {
		if err, failed := reflect.TypeAssert[error](results[1]); failed {
			return nil, err
		}
		if page := results[0].Elem().FieldByName("Result"); page.IsValid() {
			var rows []given
			for i := range page.Len() {
				rows = append(rows, w.decoded(page.Index(i)))
			}
			return rows, nil
		}
		return []given{w.decoded(results[0].Elem())}, nil
	}
	var rows []given
	pager := results[0]
	for pager.MethodByName("Next").Call(nil)[0].Bool() {
		rows = append(rows, w.decoded(pager.MethodByName("Current").Call(nil)[0]))
	}
	err, _ := reflect.TypeAssert[error](pager.MethodByName("Err").Call(nil)[0])
	return rows, err
}

// decoded returns the fields of an answer by their JSON names, and fails the test on a status that the SDK has no constant for.
func (w *world) decoded(answer reflect.Value) given {
	w.t.Helper()
	for i := range answer.NumField() {
		if !answer.Type().Field(i).IsExported() {
			continue
		}
		if status, ok := reflect.TypeAssert[interface{ IsKnown() bool }](answer.Field(i)); ok && !answer.Field(i).IsZero() && !status.IsKnown() {
			w.t.Errorf("the SDK does not know the status %v", answer.Field(i))
		}
	}
	return roundTrip(w.t, answer.Interface())
}

func roundTrip(t *testing.T, v any) given {
	t.Helper()
	raw, err := json.Marshal(v)
	noError(t, err)
	var fields given
	noError(t, json.Unmarshal(raw, &fields))
	return fields
}

// must is like call, for an operation that must succeed.
func (w *world) must(service any, operation, id string, fields given) []given {
	w.t.Helper()
	rows, err := w.call(service, operation, id, fields)
	noError(w.t, err)
	return rows
}

// reads fails the test unless the SDK has decoded these rows with these fields. Fields that are not in want may have any value.
func (w *world) reads(got []given, want ...given) {
	w.t.Helper()
	if len(got) != len(want) {
		w.t.Fatalf("the SDK reads %d rows, want %d: %v", len(got), len(want), got)
	}
	for i := range want {
		for name, value := range roundTrip(w.t, want[i]) {
			if got[i][name] != value {
				w.t.Errorf("the SDK reads %s = %v in row %d, want %v", name, got[i][name], i, value)
			}
		}
	}
}

// refused fails the test unless the SDK has returned its API error with this status and code.
func (w *world) refused(err error, status int, code int64) {
	w.t.Helper()
	var refusal *aop.Error // aop.Error is the same type as cloudflare.Error
	if !errors.As(err, &refusal) {
		w.t.Fatalf("the error is %T (%v), want %T", err, err, refusal)
	}
	var codes []int64
	for _, e := range refusal.Errors {
		codes = append(codes, e.Code)
		if e.Message == "" {
			w.t.Errorf("code %d has no message", e.Code)
		}
	}
	if refusal.StatusCode != status || !slices.Equal(codes, []int64{code}) {
		w.t.Fatalf("the API answered %d, codes %v, want %d, code %d: %v", refusal.StatusCode, codes, status, code, err)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
