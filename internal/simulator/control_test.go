package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// sim sends a request to the control path.
func (h *harness) sim(method, path, body string, want int) string {
	h.t.Helper()
	request := httptest.NewRequestWithContext(h.t.Context(), method, "/_sim"+path, strings.NewReader(body))
	recorder := httptest.NewRecorder()
	h.s.ServeHTTP(recorder, request)
	if recorder.Code != want {
		h.t.Fatalf("%s %s answered %d, want %d: %s", method, path, recorder.Code, want, recorder.Body)
	}
	return recorder.Body.String()
}

func TestControlState(t *testing.T) {
	h := start(t)
	certPEM, keyPEM := newPair(t, "seed")
	seed := func(kind Kind) string {
		var answer struct {
			ID string `json:"id"`
		}
		text := h.sim("POST", "/certificates", string(encode(controlCertificate{Kind: kind, Zone: zoneA, Certificate: certPEM, PrivateKey: keyPEM})), 200)
		noError(t, json.Unmarshal([]byte(text), &answer))
		return answer.ID
	}
	zone, hostname := seed(ZoneCertificate), seed(HostnameCertificate)
	h.do("GET", zonePath+"/"+zone, "").wantStatus(t, statusActive)
	h.do("GET", certPath+"/"+hostname, "").wantStatus(t, statusActive)

	h.sim("POST", "/associations", `{"zone":"`+zoneA+`","hostname":"API.example.com","certificate_id":"`+hostname+`","enabled":true}`, 204)
	h.do("GET", hostnamePath+"/"+api, "").wantStatus(t, statusActive)
	h.sim("PUT", "/associations/"+zoneA+"/"+api, `{"enabled":false}`, 204)
	if g := h.do("GET", hostnamePath+"/"+api, ""); g.fields["enabled"] != false || g.str("cert_id") != hostname {
		t.Error(g.raw)
	}
	h.sim("PUT", "/associations/"+zoneA+"/"+api, `{"enabled":null}`, 204)
	h.do("GET", hostnamePath+"/"+api, "").want(t, 404, 1553)

	h.sim("PUT", "/settings", `{"zone":"`+zoneA+`","enabled":true}`, 204)
	if !h.enabled() {
		t.Error("the setting is off")
	}
	if text := h.sim("GET", "/edge/"+zoneA+"/"+api, "", 200); !strings.Contains(text, `"source": "zone"`) {
		t.Error(text)
	}

	h.sim("PATCH", "/certificates/zone/"+zoneA+"/"+zone, `{"status":"deployment_timed_out"}`, 204)
	h.do("GET", zonePath+"/"+zone, "").wantStatus(t, statusDeploymentTimedOut)
	h.sim("PATCH", "/certificates/zone/"+zoneA+"/"+zone, `{"status":""}`, 204)
	h.do("GET", zonePath+"/"+zone, "").wantStatus(t, statusActive)
	h.sim("DELETE", "/certificates/zone/"+zoneA+"/"+zone, "", 204)
	h.do("GET", zonePath+"/"+zone, "").want(t, 404, 1552)

	var state State
	noError(t, json.Unmarshal([]byte(h.sim("GET", "/state", "", 200)), &state))
	if z := state.Zones[zoneA]; len(z.HostnameCertificates) != 1 || len(z.ZoneCertificates) != 0 || !z.Enabled {
		t.Errorf("state is %+v", z)
	}
	h.sim("POST", "/reset", "", 204)
	if len(h.s.Dump().Zones) != 0 || len(h.s.Requests()) != 0 {
		t.Error("something is left after the reset")
	}
}

func TestCertificateUnderAKnownID(t *testing.T) {
	h := start(t)
	certPEM, keyPEM := newPair(t, "seed")
	id := newID()
	body := string(encode(controlCertificate{Kind: HostnameCertificate, Zone: zoneA, ID: id, Certificate: certPEM, PrivateKey: keyPEM}))
	if text := h.sim("POST", "/certificates", body, 200); !strings.Contains(text, id) {
		t.Error(text)
	}
	h.do("GET", certPath+"/"+id, "").wantStatus(t, statusActive)
	h.put(row(api, id, yes)).want(t, 200, 0)
	h.sim("POST", "/certificates", body, 400) // the certificate exists already
	if n := len(h.s.Dump().Zones[zoneA].HostnameCertificates); n != 1 {
		t.Errorf("%d certificates", n)
	}
}

func TestControlBehaviour(t *testing.T) {
	h := start(t)
	h.sim("GET", "/health", "", 200)
	text := h.sim("PATCH", "/behaviour", `{"deploy_after":"5m","put_answers_all":true}`, 200)
	if !strings.Contains(text, `"deploy_after": "5m0s"`) {
		t.Error(text)
	}
	var b Behaviour
	noError(t, json.Unmarshal([]byte(h.sim("GET", "/behaviour", "", 200)), &b))
	if !b.PutAnswersAll || time.Duration(b.DeployAfter) != 5*time.Minute || b.HostnameCertificateQuota != 10 {
		t.Errorf("behaviour is %+v", b)
	}
	h.sim("POST", "/reset", "", 204)
	if !h.s.behaviour().PutAnswersAll {
		t.Error("the reset changed the behaviour")
	}
}

func TestControlFaultsAndLog(t *testing.T) {
	h := start(t)
	h.sim("POST", "/faults", `{"name":"boom","times":1,"do":{"status":500,"delay":"0s"}}`, 204)
	h.do("GET", settingsPath, "").want(t, 500, 10500)
	h.sim("POST", "/faults", `{"do":{"status":500}}`, 204)
	h.sim("DELETE", "/faults", "", 204)
	h.do("GET", settingsPath+"?a=b", "").want(t, 200, 0)
	var log []Request
	noError(t, json.Unmarshal([]byte(h.sim("GET", "/requests", "", 200)), &log))
	if len(log) != 2 || log[0].Fault != "boom" || log[0].Status != 500 || log[1].Query != "a=b" || log[1].N != 2 {
		t.Errorf("log is %+v", log)
	}
	h.sim("DELETE", "/requests", "", 204)
	if len(h.s.Requests()) != 0 {
		t.Error("the log is not empty")
	}
}

func TestControlStaysApart(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.Limit = Limit{Requests: 1, Window: Duration(time.Hour)} })
	h.s.AddFault(Fault{Do: Action{Status: 500}})
	for range 3 {
		h.sim("GET", "/health", "", 200)
	}
	if len(h.s.Requests()) != 0 {
		t.Error("the log has a request to the control path")
	}
	h.sim("GET", "/nowhere", "", 404)
}

func TestControlRefuses(t *testing.T) {
	h := start(t)
	unknown := "/certificates/zone/" + zoneA + "/" + newID()
	for _, test := range [][3]string{
		{"PATCH", "/behaviour", `{"deploy_afer":"1s"}`},
		{"PATCH", "/behaviour", `{"deploy_after":1}`},
		{"PATCH", "/behaviour", `{"deploy_after":"soon"}`},
		{"PATCH", "/behaviour", `{"pem_echo":"loud"}`},
		{"PATCH", "/behaviour", `{"paged_list_status":418}`},
		{"PATCH", "/behaviour", `{"list_info":"some"}`},
		{"PATCH", "/behaviour", `{"empty_lists":"{}"}`},
		{"PATCH", "/behaviour", `{"tokens":{"a":"admin"}}`},
		{"PATCH", "/behaviour", `{} {}`},
		{"POST", "/faults", `{"do":{"stat":500}}`},
		{"POST", "/faults", `{"path":"("}`},
		{"POST", "/certificates", `{"kind":"other","zone":"` + zoneA + `"}`},
		{"POST", "/certificates", `{"kind":"zone","zone":"` + zoneA + `","certificate":"x"}`},
		{"POST", "/certificates", `{"nope":1}`},
		{"POST", "/certificates", `{"kind":"zone","zone":"` + zoneA + `","id":"../x"}`},
		{"POST", "/associations", `{"zone":"short","hostname":"a"}`},
		{"POST", "/associations", `{"nope":1}`},
		{"PUT", "/associations/" + zoneA + "/a", `{"nope":1}`},
		{"PUT", "/settings", `{"zone":"short"}`},
		{"PUT", "/settings", `{"nope":1}`},
		{"PATCH", unknown, `{"status":"active"}`},
		{"PATCH", unknown, `{"nope":1}`},
		{"DELETE", unknown, ``},
		{"POST", "/edge/" + zoneA + "/a", `{"roots":"none"}`},
		{"POST", "/edge/" + zoneA + "/a", `{"nope":1}`},
	} {
		if text := h.sim(test[0], test[1], test[2], 400); !strings.Contains(text, `"error"`) {
			t.Errorf("%v answered %s", test, text)
		}
	}
	if h.s.behaviour().PEMEcho != EchoNewline {
		t.Error("the simulator made a change that it rejected")
	}
}

// TestSecrets searches all that the simulator answers and logs for the private key.
func TestSecrets(t *testing.T) {
	h := start(t)
	certPEM, keyPEM := newPair(t, "one")
	secret := strings.Split(keyPEM, "\n")[1]
	id := h.upload(HostnameCertificate, certPEM, keyPEM)
	h.s.AddCertificate(ZoneCertificate, zoneA, certPEM, keyPEM)
	h.later(2 * time.Second)
	answers := []string{
		h.put(row(api, id, yes)).raw,
		h.do("POST", certPath, uploadBody(certPEM, keyPEM)).raw,
		h.do("POST", certPath, `{"private_key":"`+secret+`"`).raw, // not valid JSON
		h.do("POST", certPath, `{"Private_Key":"`+secret+`"}`).raw,
		h.do("POST", certPath, `[{"x":"BEGIN PRIVATE KEY `+secret+`"}]`).raw,
		h.do("GET", certPath+"/"+id, "").raw,
		h.do("GET", certPath, "").raw,
		h.do("GET", zonePath, "").raw,
		h.do("GET", hostnamePath+"/"+api, "").raw,
		h.do("DELETE", certPath+"/"+id, "").raw,
		h.sim("GET", "/state", "", 200),
		h.sim("GET", "/requests", "", 200),
		h.sim("GET", "/edge/"+zoneA+"/"+api, "", 200),
	}
	for i, text := range answers {
		if strings.Contains(text, secret) || strings.Contains(text, "PRIVATE") {
			t.Errorf("answer %d contains the key: %s", i, text)
		}
	}
	log := h.s.Requests()
	if !strings.Contains(log[0].Body, `"private_key":"[redacted]"`) || !strings.Contains(log[0].Body, "BEGIN CERTIFICATE") {
		t.Errorf("the log has %s", log[0].Body)
	}
}

func TestRequestLog(t *testing.T) {
	h := start(t)
	h.doWith("PUT", settingsPath+"?q=1", enable, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer hush")
		r.Header.Set("User-Agent", "agent/1")
	})
	want := Request{N: 1, Time: h.clock.Now(), Method: "PUT", Path: settingsPath, Query: "q=1", Body: enable, UserAgent: "agent/1", Status: 200}
	if log := h.s.Requests(); len(log) != 1 || log[0] != want {
		t.Errorf("the log has %+v", log)
	}
	h.do("PUT", settingsPath, strings.Repeat("x", maxBody+1)).want(t, 413, errBadBody.Code)
}

func TestGoAPIPanicsOnMistakes(t *testing.T) {
	for name, f := range map[string]func(*Server){
		"PEM":       func(s *Server) { s.AddCertificate(ZoneCertificate, zoneA, "x", "") },
		"kind":      func(s *Server) { s.AddCertificate("x", zoneA, "x", "") },
		"zone":      func(s *Server) { s.SetSetting("x", true) },
		"id":        func(s *Server) { s.RemoveCertificate(ZoneCertificate, zoneA, "x") },
		"behaviour": func(s *Server) { s.Behave(func(b *Behaviour) { b.PEMEcho = "x" }) },
		"new":       func(*Server) { New(Options{Behaviour: Behaviour{PEMEcho: "x"}}) },
	} {
		t.Run(name, func(t *testing.T) { panics(t, func() { f(start(t).s) }) })
	}
}

func TestPinnedStatus(t *testing.T) {
	h := start(t)
	id := h.deployed(ZoneCertificate)
	one := zonePath + "/" + id
	h.s.SetCertificateStatus(ZoneCertificate, zoneA, id, "brand_new_status")
	h.later(time.Hour)
	h.do("GET", one, "").wantStatus(t, "brand_new_status")
	h.s.SetCertificateStatus(ZoneCertificate, zoneA, id, statusDeletionTimedOut)
	h.do("DELETE", one, "").wantStatus(t, statusPendingDeletion) // a write through the API unpins the status
	h.later(2 * time.Second)
	h.do("GET", one, "").wantStatus(t, statusDeleted)
}

func TestDefaultsAndCopies(t *testing.T) {
	tokens := map[string]Permission{"a": PermissionWrite}
	s := New(Options{Behaviour: Behaviour{Tokens: tokens}})
	tokens["b"] = PermissionWrite
	s.Behave(func(b *Behaviour) { tokens = b.Tokens })
	tokens["c"] = PermissionWrite
	if len(s.behaviour().Tokens) != 1 {
		t.Error("the returned behaviour shares its map with the simulator")
	}
	if b := New(Options{}).behaviour(); time.Duration(b.DeployAfter) != 700*time.Millisecond || time.Duration(b.AssociateAfter) != 1400*time.Millisecond || b.HostnameCertificateQuota != 10 {
		t.Errorf("a zero Behaviour became %+v", b)
	}
}
