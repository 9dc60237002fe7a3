package interop

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudflare/cloudflare-go/v7/option"                     //nolint:depguard // what this module is for
	aop "github.com/cloudflare/cloudflare-go/v7/origin_tls_client_auth" //nolint:depguard // what this module is for

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// TestRetries: the SDK understands Retry-After, sends the very same request
// again, and gives up.
func TestRetries(t *testing.T) {
	w := start(t)
	w.sim.AddFault(simulator.Fault{
		Method: http.MethodPut, Times: 3,
		Do: simulator.Action{Status: http.StatusTooManyRequests, Code: 971, Message: "slow down", RetryAfter: "0"},
	})
	s := w.with(option.WithAPIToken("writer"), option.WithMaxRetries(1)).Settings
	enable := params[aop.SettingUpdateParams](given{"ZoneID": zone, "Enabled": true})
	_, err := s.Update(t.Context(), enable)
	wantError(t, err, http.StatusTooManyRequests, 971)
	got, err := s.Update(t.Context(), enable)
	noError(t, err)
	if !got.Enabled {
		t.Error("the retry was not read")
	}
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

// TestOperations fails when another version of the SDK has operations that are
// not tested here.
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
