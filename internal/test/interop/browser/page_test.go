package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	zone     = "023e105f4ecef8ad9ca31a8372d0c353"
	hostname = "api.example.com"
)

// browser starts Chromium without a window and with a new profile. If Chromium is not installed, it skips the test, or fails it in CI,
// which installs Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed")
		}
		t.Skip("chromium is not installed: run apt-get install chromium")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WindowSize(1100, 900))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// page is a simulator and the browser that shows its page.
type page struct {
	t       *testing.T
	browser context.Context //nolint:containedctx // the library keeps its browser in a context
	sim     *simulator.Server
	url     string
}

// until waits until the page, which refreshes itself, shows all of the texts at the same time.
func (p *page) until(texts ...string) {
	p.t.Helper()
	var last error
	shown := ""
	for {
		text, err := chromedp.Run(p.browser, chromedp.Evaluate[string]("document.body.innerText"))
		if err == nil {
			shown = text
		} else if p.browser.Err() == nil {
			last = err
		}
		if p.browser.Err() != nil {
			p.t.Fatalf("the page never shows %q; at last (%v) it shows\n%s", texts, last, shown)
		}
		flat := strings.ReplaceAll(strings.Join(strings.Fields(text), " "), ",O=origintls tests", "")
		missing := err != nil // the page may refresh while it is being read
		for _, want := range texts {
			missing = missing || !strings.Contains(flat, want)
		}
		if !missing {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (p *page) send(method, path, body string) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.url+"/client/v4/zones/"+zone+"/origin_tls_client_auth"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer anything")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: %s", method, path, response.Status)
	}
}

// TestPageDuringARotation loads the page once and follows a rotation on it. With ORIGINTLS_PICTURE, it saves a picture of the page in
// the middle of the rotation.
func TestPageDuringARotation(t *testing.T) {
	ctx := browser(t)
	b := simulator.Defaults()
	b.StickDeployments, b.StickAssociations, b.StickDeletions = true, true, true // so that a slow machine misses no state
	p := &page{t: t, browser: ctx, sim: simulator.New(simulator.Options{Behaviour: b})}
	server := httptest.NewServer(p.sim)
	t.Cleanup(server.Close)
	p.url = server.URL
	release := func(change func(*simulator.Behaviour)) { p.sim.Behave(change) }

	edge, first, second := certtest.Leaf(t, "zone client"), certtest.Leaf(t, "api client 1"), certtest.Leaf(t, "api client 2")
	p.sim.AddCertificate(simulator.ZoneCertificate, zone, edge.Certificate, edge.PrivateKey)
	p.sim.SetSetting(zone, true)
	old := p.sim.AddCertificate(simulator.HostnameCertificate, zone, first.Certificate, first.PrivateKey)
	p.sim.AddAssociation(zone, hostname, old, true)
	if err := chromedp.Do(ctx, chromedp.Navigate(p.url+"/_sim/")); err != nil {
		t.Fatal(err)
	}
	p.until("Zone-level setting: on", "CN=api client 1", hostname+" CN=api client 1 the hostname's association",
		"every other hostname CN=zone client")

	p.send("POST", "/hostnames/certificates", fmt.Sprintf(`{"certificate":%q,"private_key":%q}`, second.Certificate, second.PrivateKey))
	p.until("CN=api client 2", "pending_deployment held back", "POST")
	release(func(b *simulator.Behaviour) { b.StickDeployments = false })
	id := p.sim.Dump().Zones[zone].HostnameCertificates[1].ID
	p.until(id + " active")

	p.send("PUT", "/hostnames", fmt.Sprintf(`{"config":[{"hostname":%q,"cert_id":%q,"enabled":true}]}`, hostname, id))
	// The hostname is already pinned to the new certificate, and the edge still presents the old one.
	p.until(hostname+" CN=api client 2 true pending_deployment", hostname+" CN=api client 1 the hostname's association")
	p.picture()
	release(func(b *simulator.Behaviour) { b.StickAssociations = false })
	p.until(hostname + " CN=api client 2 the hostname's association")

	p.send("DELETE", "/hostnames/certificates/"+old, "")
	p.until(old + " pending_deletion held back")
	release(func(b *simulator.Behaviour) { b.StickDeletions = false })
	p.until(old+" deleted", "DELETE")
}

// picture saves the page as a picture for the guide.
func (p *page) picture() {
	p.t.Helper()
	png, err := chromedp.Run(p.browser, chromedp.FullScreenshot(100))
	if err != nil || len(png) < 10_000 {
		p.t.Fatalf("a picture of %d bytes: %v", len(png), err)
	}
	if file := os.Getenv("ORIGINTLS_PICTURE"); file != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(file, png, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}
