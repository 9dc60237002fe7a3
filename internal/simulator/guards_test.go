package simulator

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// A reset removes faults and the counters of the rate limit, so that one test cannot affect the next.
func TestResetClearsFaultsAndRateWindows(t *testing.T) {
	h := start(t, func(b *Behaviour) {
		b.Limit = Limit{Requests: 2, Window: Duration(time.Hour), Block: Duration(time.Hour)}
	})
	for range 2 {
		h.do("GET", settingsPath, "").want(t, 200, 0)
	}
	h.do("GET", settingsPath, "").want(t, 429, errRateLimited.Code)
	h.sim("POST", "/reset", "", 204)
	h.do("GET", settingsPath, "").want(t, 200, 0)

	h.sim("POST", "/reset", "", 204)
	h.sim("POST", "/faults", `{"name":"boom","do":{"status":500}}`, 204)
	h.do("GET", settingsPath, "").want(t, 500, 10500)
	h.sim("POST", "/reset", "", 204)
	h.do("GET", settingsPath, "").want(t, 200, 0)
}

// The log of a simulator that runs for days has a maximum length, and keeps the latest requests.
func TestTheLogIsBounded(t *testing.T) {
	h := start(t)
	for range maxLog {
		h.s.log = append(h.s.log, &Request{})
	}
	h.do("GET", settingsPath, "").want(t, 200, 0)
	log := h.s.Requests()
	if len(log) > maxLog || len(log) < maxLog/2 || log[len(log)-1].Path != settingsPath {
		t.Errorf("the log has %d requests, at most %d are allowed; the last is %+v", len(log), maxLog, log[len(log)-1])
	}
	for len(h.s.log) < maxLog {
		h.s.log = append(h.s.log, &Request{})
	}
	h.do("GET", settingsPath, "").want(t, 200, 0)
	if n := len(h.s.Requests()); n > maxLog {
		t.Errorf("the next time, the log has %d requests", n)
	}
}

// No line of the log and no answer contains a private key, even if the client has escaped it or put it in the wrong place.
func TestKeysAreRedactedHoweverTheyAreEscaped(t *testing.T) {
	_, keyPEM := newPair(t, "one")
	secret := strings.Split(keyPEM, "\n")[1]
	quoted := strings.ReplaceAll(keyPEM, "\n", `\n`)
	bodies := map[string]string{
		"the name escaped":           `{"pr\u0069vate_key":"` + secret + `"}`,
		"the name in capitals":       `{"PRIVATE_KEY":"` + secret + `"}`,
		"the name in camel case":     `{"privateKey":"` + secret + `"}`,
		"the name with a hyphen":     `{"private-key":"` + secret + `"}`,
		"deep inside":                `{"a":[{"b":{"private_key":["` + secret + `"]}}]}`,
		"the PEM under another name": `{"note":"` + quoted + `"}`,
		"the PEM as a name":          `{"` + quoted + `":1}`,
		"the PEM with escapes":       `{"note":"` + strings.ReplaceAll(quoted, "PRIVATE", `\u0050RIVATE`) + `"}`,
		"JSON in JSON":               `{"note":"{\"private_key\":\"` + secret + `\"}"}`,
		"JSON in JSON, escaped":      `{"note":"{\"pr\\u0069vate_key\":\"` + secret + `\"}"}`,
		"a form":                     "private_key=" + url.QueryEscape(keyPEM),
		"a form, the name escaped":   "private%5Fkey=" + secret,
		"a form, spaces as plus":     "key=" + strings.ReplaceAll(keyPEM, " ", "+"),
		"a URL in JSON":              `{"note":"private%5fkey=` + secret + `"}`,
		"HTML":                       "-----BEGIN PRIVATE&nbsp;KEY-----" + secret,
		"a broken document":          `{"private_key":"` + secret,
		"a broken document, escaped": `{"pr\u0069vate_key":"` + secret,
		"two documents":              `{"a":1}{"private_key":"` + secret + `"}`,
		"plain PEM":                  keyPEM,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			answer := h.do("POST", certPath, body).raw
			for place, text := range map[string]string{"the log": h.s.Requests()[0].Body, "the answer": answer, "the page's log": h.sim("GET", "/requests", "", 200)} {
				if strings.Contains(text, secret) {
					t.Errorf("%s contains the key: %s", place, text)
				}
			}
		})
	}
}

// Everything but private keys stays readable in the log, above all the certificates, because people need to read the log.
func TestWhatIsNoKeyIsLogged(t *testing.T) {
	certPEM, keyPEM := newPair(t, "one")
	h := start(t)
	h.do("POST", certPath, uploadBody(certPEM, keyPEM)).want(t, 200, 0)
	h.do("POST", certPath, "text in plain words")
	log := h.s.Requests()
	if line := strings.Split(certPEM, "\n")[1]; !strings.Contains(log[0].Body, line) || log[1].Body != "text in plain words" {
		t.Errorf("the log has %s and %s", log[0].Body, log[1].Body)
	}
}
