package resources_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestAccRefusals(t *testing.T) {
	pair := certtest.Leaf(t, "one")
	for _, c := range []struct {
		name   string
		world  func(*acctest.World)
		config string
		says   []string
	}{
		{
			"no permission", func(w *acctest.World) {
				w.Sim.Behave(func(b *simulator.Behaviour) {
					b.Tokens = map[string]simulator.Permission{acctest.Token: simulator.PermissionRead}
				})
			},
			acctest.Certificate("zone", "c", pair),
			[]string{
				"Unable to create zone certificate", "Object: a zone certificate of zone " + acctest.Zone + ". Cloudflare answered HTTP 403: 10000 Authentication error (Ray ID",
				`What to do: give the API token the zone permission "SSL and Certificates Write" (Edit in the dashboard) and include this zone in its zone resources.`,
			},
		},
		{
			"quota reached", func(w *acctest.World) {
				for i := range 10 {
					p := certtest.Leaf(t, fmt.Sprint("other", i))
					w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, p.Certificate, p.PrivateKey)
				}
			},
			acctest.Certificate("hostname", "c", pair),
			[]string{
				"Unable to create hostname certificate", "Cloudflare answered HTTP 400",
				"The zone holds 10 hostname certificates, and Cloudflare allows 10 in a zone. What to do: delete one that is no longer used.",
				"remove create_before_destroy for this apply, and replace the associations together with the certificate",
			},
		},
		{
			"a zone with ten zone certificates, for which there is no quota", func(w *acctest.World) {
				for i := range 10 {
					p := certtest.Leaf(t, fmt.Sprint("other", i))
					w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, p.Certificate, p.PrivateKey)
				}
				w.Sim.AddFault(simulator.Fault{Method: "POST", Do: simulator.Action{Status: 400, Code: 1408, Message: "Unable to parse certificate."}})
			},
			acctest.Certificate("zone", "c", pair),
			[]string{"Unable to create zone certificate", "1408 Unable to parse certificate.", "-SIM). What to do: correct what Cloudflare's message names, and run the same command again."},
		},
		{
			"a zone certificate's id for a hostname", func(*acctest.World) {},
			acctest.Certificate("zone", "c", pair) + fmt.Sprintf(
				"resource \"origintls_hostname_association\" \"a\" {\n zone_id = %q\n hostname = \"api.example.com\"\n certificate_id = origintls_zone_certificate.c.id\n}\n", acctest.Zone),
			[]string{
				"Unable to create hostname association", "Object: hostname api.example.com of zone " + acctest.Zone + ", certificate", "Cloudflare answered HTTP 400: 1415",
				"belongs to a zone certificate, but an association needs a hostname certificate. What to do: upload the certificate with origintls_hostname_certificate",
			},
		},
		{
			"an id that nobody knows", func(*acctest.World) {},
			fmt.Sprintf("resource \"origintls_hostname_association\" \"a\" {\n zone_id = %q\n hostname = \"api.example.com\"\n certificate_id = \"8f14e45f-0000-4000-8000-000000000000\"\n}\n", acctest.Zone),
			[]string{
				"Unable to create hostname association", "1415", "The zone has no hostname certificate with the id 8f14e45f-0000-4000-8000-000000000000.",
				"What to do: set certificate_id to the id of an origintls_hostname_certificate of the same zone that the hostname's origin trusts.",
			},
		},
		{
			"no such API", func(w *acctest.World) {
				w.Sim.AddFault(simulator.Fault{Do: simulator.Action{Status: 404, HTML: true}})
			},
			acctest.Setting(true),
			[]string{"Unable to create zone setting", "The request failed: HTTP 404: an answer that is not the API's JSON", "What to do: check the provider's base_url (it includes /client/v4)"},
		},
		{
			"malformed credentials", func(w *acctest.World) {
				w.Sim.AddFault(simulator.Fault{Do: simulator.Action{Status: 400, Body: `{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]}],"messages":[],"result":null}`}})
			},
			acctest.Setting(true),
			[]string{
				"Unable to create zone setting", "Object: the setting of zone " + acctest.Zone + ". Cloudflare answered HTTP 400: 6003 Invalid request headers (6111 Invalid format for Authorization header)",
				"What to do: check the provider's api_token, or api_key and email.",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := acctest.New(t)
			c.world(w)
			t.Parallel()
			resource.Test(t, resource.TestCase{ // not w.Run: the seeded objects stay, so its check that nothing is live would fail
				ProtoV6ProviderFactories: w.Factories(),
				Steps: []resource.TestStep{
					{Config: w.Provider() + c.config, ExpectError: acctest.Says(c.says...)},
					{PreConfig: func() { w.Sim.ClearFaults(); w.Sim.Behave(func(b *simulator.Behaviour) { b.Tokens = nil }) }, Config: w.Provider()},
				},
			})
		})
	}
}
