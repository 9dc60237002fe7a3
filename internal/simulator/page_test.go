package simulator

import (
	"html"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// page returns the text of the page, without its tags.
func (h *harness) page() string {
	h.t.Helper()
	recorder := httptest.NewRecorder()
	h.s.ServeHTTP(recorder, httptest.NewRequestWithContext(h.t.Context(), "GET", "/_sim/", nil))
	if recorder.Code != 200 || !strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/html") {
		h.t.Fatalf("the page answers %d, %s", recorder.Code, recorder.Header())
	}
	body := recorder.Body.String()
	for _, foreign := range []string{"http://", "https://", "<script", "PRIVATE"} {
		if strings.Contains(body, foreign) {
			h.t.Errorf("the page contains %s", foreign)
		}
	}
	var text strings.Builder
	inTag := false
	_, body, _ = strings.Cut(body, "<body>")
	for _, r := range body {
		switch {
		case r == '<':
			inTag = true
			text.WriteByte(' ')
		case r == '>':
			inTag = false
		case !inTag:
			text.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(html.UnescapeString(text.String())), " ")
}

func (h *harness) shows(texts ...string) {
	h.t.Helper()
	page := h.page()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			h.t.Errorf("the page lacks %q:\n%s", text, page)
		}
	}
}

func TestPage(t *testing.T) {
	h := start(t)
	h.shows("There are no zones yet")

	const name = `CN=\<b\>one\</b\>,OU=tests` // as crypto/x509/pkix formats it
	certPEM, keyPEM := newPair(t, "<b>one</b>")
	id := h.upload(HostnameCertificate, certPEM, keyPEM)
	h.later(500 * time.Millisecond)
	h.shows("Zone "+zoneA, "Zone-level setting: off", "hostname "+name+" "+id+" pending_deployment in 1.5 s",
		"every other hostname none no association, and the zone-level setting is off", "1 POST "+certPath+" 200")

	h.later(2 * time.Second)
	h.put(row(api, id, yes))
	h.s.SetSetting(zoneA, true)
	h.shows("active", api+" "+name+" true pending_deployment in 2.0 s", "Zone-level setting: on",
		api+" Cloudflare's shared certificate the zone-level setting is on, but the zone has no certificate of its own")
	h.later(2 * time.Second)
	h.shows(api + " " + name + " the hostname's association")

	h.put(row(api, id, no))
	h.later(2 * time.Second)
	h.shows(api + " none the hostname's association is disabled")
	h.put(row(api, id, nil))
	h.shows("being voided pending_deletion in 2.0 s")

	h.s.Behave(func(b *Behaviour) { b.StickDeletions = true })
	h.do("DELETE", certPath+"/"+id, "").want(t, 200, 0)
	h.shows("pending_deletion held back")
	h.do("GET", certPath+"/"+newID(), "").want(t, 404, 1551)
	h.shows("404")
	if n := len(h.s.page().Requests); n != 6 {
		t.Errorf("the page shows %d requests", n)
	}
	for range 2 * pageRequests {
		h.do("GET", settingsPath, "")
	}
	if requests := h.s.page().Requests; len(requests) != pageRequests || requests[0].N <= requests[1].N {
		t.Errorf("the page shows %d requests, the first %d", len(requests), requests[0].N)
	}
}

// TestPageHoldsNoKey searches the page for the uploaded key, in every way in which HTML may contain it.
func TestPageHoldsNoKey(t *testing.T) {
	h := start(t)
	certPEM, keyPEM := newPair(t, "one")
	h.upload(ZoneCertificate, certPEM, keyPEM)
	h.do("POST", zonePath, `{"private_key":"`+strings.Split(keyPEM, "\n")[1]+`"`)
	for line := range strings.SplitSeq(keyPEM, "\n") {
		if line != "" && strings.Contains(h.page(), html.EscapeString(line)) {
			t.Errorf("the page contains %s", line)
		}
	}
}
