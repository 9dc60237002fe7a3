package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	selfSignedWarning = "Self-signed zone certificate"
	leftoverWarning   = "Another certificate has this common name"
)

// warns fails unless an output has exactly these of the provider's warnings about generated certificates.
func warns(t *testing.T, what, output string, want ...string) {
	t.Helper()
	for _, summary := range []string{selfSignedWarning, leftoverWarning, "Certificate is renewed", "Certificate is replaced by a generated one", "Certificate is ready for renewal"} {
		if says := strings.Contains(output, summary); says != slices.Contains(want, summary) {
			t.Errorf("%s: warns of %q: %v\n%s", what, summary, says, output)
		}
	}
}

// inFiles are the arguments for a CA whose certificate and key are in ca.pem and ca.key.
const inFiles = "    ca_certificate = file(\"ca.pem\")\n    ca_private_key_wo = file(\"ca.key\")"

func givenCA(cli *acctest.CLI, ca certtest.Pair) {
	cli.Write("ca.pem", ca.Certificate)
	cli.Write("ca.key", ca.PrivateKey)
}

// Each warning about generated certificates appears in the plan that it is about, and a plan without changes has none.
func TestAccGenerateWarnings(t *testing.T) {
	_, cli := acctest.Start(t)
	givenCA(cli, certtest.CA(t, "ca", ends(800)))
	plan := func() string { return cli.Must(2, "plan", "-detailed-exitcode", "-no-color") }
	quiet := func(what string) {
		t.Helper()
		warns(t, what, cli.Must(0, "plan", "-detailed-exitcode", "-no-color"))
	}
	cli.SetClock(0)
	cli.Write("main.tf", acctest.Generated("zone", "edge", "edge", "", acctest.CBD)+acctest.Generated("hostname", "api", "api", "", acctest.CBD))
	warns(t, "the first plan", plan(), selfSignedWarning)
	warns(t, "the first apply", cli.Apply(), selfSignedWarning)
	quiet("nothing to do")

	cli.SetClock(60 * 24 * time.Hour)
	out := plan()
	warns(t, "in the window", out, selfSignedWarning, "Certificate is renewed")
	// OpenTofu prints "forces replacement" after both values, Terraform after the first one.
	if !regexp.MustCompile(`ready_for_renewal +~? *= true( # forces replacement)? -> \(known after apply\) # forces replacement`).MatchString(out) {
		t.Errorf("the plan does not say what forces the replacement:\n%s", out)
	}
	acctest.WantSays(t, out, "certificate", "of zone "+acctest.Zone+" expires on", "That is within the 30 days of renew_before_days in generate")
	warns(t, "the renewal", cli.Apply(), selfSignedWarning, "Certificate is renewed")
	quiet("after the renewal")

	cli.Write("main.tf", acctest.Generated("zone", "edge", "edge", inFiles, acctest.CBD)+acctest.Generated("hostname", "api", "api", inFiles, acctest.CBD))
	warns(t, "now a CA signs", plan())
	warns(t, "now a CA signs", cli.Apply())
	quiet("signed by a CA")
	cli.Destroy()
}

// generate replaces a certificate that it did not create, such as an imported one, and the plan says why.
func TestAccGenerateReplacesWhatWasImported(t *testing.T) {
	for _, kind := range []simulator.Kind{simulator.ZoneCertificate, simulator.HostnameCertificate} {
		t.Run(string(kind), func(t *testing.T) {
			w, cli := acctest.Start(t)
			pair := certtest.Leaf(t, "somebody's")
			id := w.Sim.AddCertificate(kind, acctest.Zone, pair.Certificate, pair.PrivateKey)
			cli.Write("main.tf", acctest.Generated(string(kind), "c", "ours", "", acctest.CBD))
			cli.Must(0, "import", "-no-color", "origintls_"+string(kind)+"_certificate.c", acctest.Zone+"/"+id)
			out := cli.Must(2, "plan", "-detailed-exitcode", "-no-color")
			for _, says := range []string{
				"Plan: 1 to add, 0 to change, 1 to destroy.", "+ generate = { # forces replacement", "Certificate is replaced by a generated one",
				"generate did not create " + string(kind) + " certificate " + id + " of zone " + acctest.Zone + ", which was imported, moved, or uploaded from another argument.",
			} {
				acctest.WantSays(t, out, says)
			}
			cli.Apply()
			cli.EmptyPlan()
			w.WantEverythingActive()
			cli.Destroy()
			w.WantNothingLive()
		})
	}
}

// The plan names certificates of the same common name that this state does not know, however they were created. It does
// not name certificates that the state knows, nor those of another name.
func TestAccGenerateNamesLeftovers(t *testing.T) {
	w, cli := acctest.Start(t)
	// If one apply generates two certificates of one name at the same time, neither is reported as a leftover.
	two := acctest.Generated("hostname", "one", "shared", "", acctest.CBD) + acctest.Generated("hostname", "two", "shared", "", acctest.CBD)
	cli.Write("main.tf", two)
	warns(t, "two of one name", cli.Apply())

	// The state loses the certificate, as if somebody had killed the apply.
	id := w.State().HostnameCertificates[0].ID
	address := "origintls_hostname_certificate.one"
	if !strings.Contains(cli.Must(0, "state", "show", "-no-color", address), id) {
		address = "origintls_hostname_certificate.two"
	}
	cli.Must(0, "state", "rm", address)
	names := func(what, output string) {
		t.Helper()
		warns(t, what, output, leftoverWarning)
		acctest.WantSays(t, output, fmt.Sprintf("Zone %s has other hostname certificates with the common name \"shared\":", acctest.Zone), id+" (uploaded on")
		if n := strings.Count(output, "(uploaded on"); n != strings.Count(output, id+" (uploaded on") {
			t.Errorf("%s: it names other certificates too:\n%s", what, output)
		}
	}
	names("the plan", cli.Must(2, "plan", "-detailed-exitcode", "-no-color"))
	cli.Write("main.tf", strings.ReplaceAll(two, "generate = {", "generate = {\n    key_algorithm = \"ECDSA_P384\""))
	names("a plan that changes the other one", cli.Must(2, "plan", "-detailed-exitcode", "-no-color"))
	cli.Write("main.tf", strings.ReplaceAll(two, "shared", "another name"))
	warns(t, "another name", cli.Must(2, "plan", "-detailed-exitcode", "-no-color"))
	cli.Write("main.tf", two)
	cli.Apply()
	cli.EmptyPlan()
	cli.Destroy()
	for _, c := range w.State().HostnameCertificates {
		if (c.Status == "deleted") == (c.ID == id) {
			t.Errorf("%s is %s; only the leftover %s should be left", c.ID, c.Status, id)
		}
	}
}

// After each way in which a create can fail, running the same command again succeeds. The user has to import or untaint
// nothing, Cloudflare rejects no upload as a duplicate, and no certificate is orphaned.
func TestAccGenerateFailedCreatesAreMadeAnew(t *testing.T) {
	for name, c := range map[string]struct {
		fault simulator.Fault
		bad   func(*simulator.Behaviour)
	}{
		"the deployment times out":   {bad: func(b *simulator.Behaviour) { b.TimeOutDeployments = true }},
		"the deadline passes":        {bad: func(b *simulator.Behaviour) { b.StickDeployments = true }},
		"the upload is refused":      {fault: simulator.Fault{Method: "POST", Do: simulator.Action{Status: 400, Code: 1400, Message: "no"}}},
		"the outcome is never known": {fault: simulator.Fault{Method: "POST", Do: simulator.Action{Status: 500, WorkFirst: true}}, bad: unlisted},
		"the work is never done":     {fault: simulator.Fault{Method: "POST", Do: simulator.Action{Status: 502, HTML: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			w, cli := acctest.Start(t)
			b := acctest.Behaviour(t, 60*time.Millisecond)
			hcl := "provider \"origintls\" {\n  max_retries = 1\n}\n"
			for _, kind := range []string{"zone", "hostname"} {
				hcl += acctest.Generated(kind, "c", "c", "", acctest.CBD, "  timeouts {\n    create = \"5s\"\n  }")
			}
			cli.Write("main.tf", hcl)
			if c.bad != nil {
				w.Sim.Behave(c.bad)
			}
			if c.fault.Method != "" {
				w.Sim.AddFault(c.fault)
			}
			out := cli.Must(1, "apply", "-auto-approve", "-no-color")
			w.Sim.ClearFaults()
			w.Sim.Behave(func(now *simulator.Behaviour) { *now = b })
			w.Sim.ClearRequests()
			again := cli.Run("apply", "-auto-approve", "-no-color")
			if again.Code != 0 || strings.Contains(again.Output, "1406") {
				t.Fatalf("%s\n\n%s", out, again.Output)
			}
			cli.EmptyPlan()
			w.WantEverythingActive()
			if live := w.Live(); len(live) != 2 {
				t.Errorf("%d certificates are live: %+v\n%s\n%s", len(live), live, out, again.Output)
			}
			cli.Destroy()
			w.WantNothingLive()
		})
	}
}

// unlisted keeps new certificates out of the lists for longer than the provider waits for them.
func unlisted(b *simulator.Behaviour) { b.ListLag = simulator.Duration(time.Hour) }
