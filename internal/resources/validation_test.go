package resources_test

import (
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Invalid input is rejected at plan, with the name of the attribute, and no request is sent.
func TestAccBadInputIsRefusedAtPlan(t *testing.T) {
	ca := certtest.CA(t, "ca")
	leaf, other := ca.Issue(t, "leaf"), certtest.Leaf(t, "other")
	with := func(certificate, key string) string {
		return acctest.Certificate("zone", "c", certtest.Pair{Certificate: certificate, PrivateKey: key})
	}
	inZone := func(hcl, zone string) string { return strings.ReplaceAll(hcl, acctest.Zone, zone) }
	association := func(hostname, certificate string) string {
		return fmt.Sprintf("resource \"origintls_hostname_association\" \"a\" {\n zone_id = %q\n hostname = %q\n certificate_id = %q\n}\n", acctest.Zone, hostname, certificate)
	}
	encrypted := certtest.Encode("ENCRYPTED PRIVATE KEY", []byte("not read"))
	for name, c := range map[string]struct {
		config string
		says   []string
	}{
		"no PEM":             {with("hello", leaf.PrivateKey), []string{"Invalid certificate", "The value of certificate cannot be used: it contains no PEM block"}},
		"a CA":               {with(ca.Certificate, ca.PrivateKey), []string{"Invalid certificate", "The value of certificate cannot be used: it is a CA certificate"}},
		"CA before leaf":     {with(ca.Certificate+leaf.Certificate, leaf.PrivateKey), []string{"Invalid certificate", "the leaf certificate must come first"}},
		"a foreign key":      {with(leaf.Certificate, other.PrivateKey), []string{"Private key does not match certificate", "The value of private_key cannot be used with that of certificate: the private key does not belong to the certificate: their public keys differ."}},
		"an encrypted key":   {with(leaf.Certificate, encrypted), []string{"Invalid private key", "The value of private_key cannot be used: the key is encrypted"}},
		"both keys":          {acctest.Certificate("zone", "c", leaf, fmt.Sprintf("  private_key_wo = %q", leaf.PrivateKey)), []string{"Conflicting private keys", "private_key and private_key_wo are both set. Set one of them."}},
		"no certificate":     {strings.Replace(with("-", leaf.PrivateKey), "certificate = ", "#", 1), []string{"Missing certificate", "None of certificate, certificate_wo and generate is set"}},
		"zone id of a cert":  {inZone(with(leaf.Certificate, leaf.PrivateKey), "nope"), []string{"Attribute zone_id must be a zone id: 32 hexadecimal digits"}},
		"zone id of a host":  {inZone(association("api.example.com", "x"), "0123"), []string{"Attribute zone_id must be a zone id"}},
		"zone id of setting": {inZone(acctest.Setting(true), acctest.Zone+"0"), []string{"Attribute zone_id must be a zone id"}},
		"a URL":              {association("https://example.com", "x"), []string{"Invalid hostname", `The value "https://example.com" is not a hostname: it is a URL; give only the hostname.`}},
		"a word":             {association("localhost", "x"), []string{"Invalid hostname", "it has no dot"}},
		"an address":         {association("192.0.2.1", "x"), []string{"Invalid hostname", "it is an IP address"}},
		"a trailing dot":     {association("example.com.", "x"), []string{"Invalid hostname", "it ends with a dot"}},
		"an umlaut":          {association("münchen.example.com", "x"), []string{"Invalid hostname", "give its punycode form"}},
		"a space":            {association("a b.example.com", "x"), []string{"Invalid hostname", `its part "a b"`}},
		"a long hostname":    {association(strings.Repeat("a.", 130)+"example.com", "x"), []string{"Invalid hostname", "a hostname has at most 255"}},
		"an empty hostname":  {association("", "x"), []string{"Invalid hostname", "it is empty"}},
		"no certificate id":  {association("api.example.com", ""), []string{"Attribute certificate_id must be the id of a certificate"}},
		"a path for an id":   {association("api.example.com", "../x"), []string{"Attribute certificate_id must be the id of a certificate"}},
		"a timeout of words": {strings.Replace(acctest.Setting(true), "enabled", "timeouts {\n create = \"soon\"\n }\n enabled", 1), []string{"Invalid Attribute Value Time Duration", "create = \"soon\""}},
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			w.Run(t, resource.TestStep{Config: w.Provider() + c.config, PlanOnly: true, ExpectError: acctest.Says(c.says...)})
			if err := acctest.NoRequest(w); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAccAMissingKeyIsAskedForOnlyWhereAnUploadIsDue(t *testing.T) {
	w := acctest.New(t)
	one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	keyless := func(p certtest.Pair) string {
		hcl := acctest.Certificate("zone", "c", p)
		from := strings.Index(hcl, "  private_key")
		return w.Provider() + hcl[:from] + hcl[from+strings.Index(hcl[from:], "\n"):]
	}
	w.Run(
		t,
		resource.TestStep{Config: w.Provider() + acctest.Certificate("zone", "c", one)},
		resource.TestStep{Config: keyless(one)},
		resource.TestStep{Config: keyless(two), ExpectError: acctest.Says("Missing private key", "The certificate has to be uploaded")},
		resource.TestStep{Config: keyless(one), PlanOnly: true},
	)
}

// After a lost state, the error about the missing key is the only text that says how to import the certificate.
func TestAccAMissingKeyAfterALostState(t *testing.T) {
	w, cli := acctest.Start(t)
	one := certtest.Leaf(t, "one")
	cli.Write("main.tf", w.Provider()+fmt.Sprintf("resource \"origintls_zone_certificate\" \"c\" {\n zone_id = %q\n certificate = %q\n}\n", acctest.Zone, one.Certificate))
	out := cli.Must(1, "plan", "-no-color")
	acctest.WantSays(t, out, "Missing private key", "The certificate has to be uploaded, and an upload needs its private key.")
	if strings.Contains(out, "import {") {
		t.Errorf("the zone does not have the certificate, and the plan says how to import it:\n%s", out)
	}
	id := w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, one.Certificate, one.PrivateKey)
	acctest.WantSays(t, cli.Must(1, "plan", "-no-color"), "Missing private key", "import {", acctest.Zone+"/"+id)
	w.WantNoWrites()
}

func TestAccValuesKnownOnlyAtApply(t *testing.T) {
	one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	derived := func(certificate, key string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"pem\" {\n input = { certificate = %q, key = %q }\n}\n", certificate, key) +
			"resource \"origintls_zone_certificate\" \"c\" {\n zone_id = \"" + acctest.Zone + "\"\n certificate = terraform_data.pem.output.certificate\n private_key = terraform_data.pem.output.key\n}\n"
	}
	t.Run("right ones", func(t *testing.T) {
		w := acctest.New(t)
		w.Run(
			t,
			resource.TestStep{Config: w.Provider() + derived(one.Certificate, one.PrivateKey)},
			resource.TestStep{Config: w.Provider() + derived(two.Certificate, two.PrivateKey), Check: w.Check(liveIs("zone", two))},
		)
	})
	t.Run("wrong ones are refused before the upload", func(t *testing.T) {
		w := acctest.New(t)
		w.Run(t, resource.TestStep{
			Config: w.Provider() + derived(one.Certificate, two.PrivateKey), ExpectError: acctest.Says("Private key does not match certificate"),
		})
		if n := w.Writes(); n > 0 {
			t.Errorf("%d writes were sent", n)
		}
	})
}

func TestAccExpiry(t *testing.T) {
	soon := certtest.Leaf(t, "soon", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(10 * 24 * time.Hour) })
	w := acctest.New(t)
	ready := func(want string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("origintls_zone_certificate.c", "ready_for_renewal", want)
	}
	cert := acctest.Certificate("zone", "c", soon)
	w.Run(
		t,
		resource.TestStep{Config: w.Provider() + cert, Check: ready("true")},
		resource.TestStep{Config: w.Provider("expiry_warning_days = 5") + cert, Check: ready("false")},
		resource.TestStep{Config: w.Provider("expiry_warning_days = 0") + cert, Check: ready("false")},
	)
}
