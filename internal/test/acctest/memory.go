package acctest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// InMemory starts a simulator without a network. So the provider and the simulator can run on the fake clock of a test in
// testing/synctest, driven by RPC. Deployments take as long as the preset says.
func InMemory(t testing.TB, change ...func(*simulator.Behaviour)) *World {
	t.Helper()
	b := Preset(t).Behaviour()
	for _, f := range change {
		f(&b)
	}
	sim := simulator.New(simulator.Options{Behaviour: b})
	return &World{T: t, Sim: sim, URL: "https://simulator.example/client/v4", memory: handlerTransport{sim}}
}

// handlerTransport answers requests by calling a handler. As with a network, a request whose context has ended is not sent.
type handlerTransport struct{ handler http.Handler }

func (h handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	h.handler.ServeHTTP(recorder, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	resp := recorder.Result()
	resp.Request = req
	return resp, nil
}
