package resources_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A plan warns if the zone may have no place for a hostname certificate. A certificate and its replacement need two places, because they
// may exist at the same time. Zone certificates have no quota.
func TestPlans_TheQuotaOfHostnameCertificates(t *testing.T) {
	const summary = "Zone may have no place for this certificate"
	full := func(more int) string {
		return fmt.Sprintf("The zone has 10 hostname certificates, and this plan creates %d more, as far as the provider has seen the plan. Cloudflare allows 10 in a zone.", more)
	}
	given := func(c *certificatePlans) []instance { return []instance{{config: c.config("new")}} }
	replaced := func(c *certificatePlans) []instance {
		return []instance{{state: c.uploaded("former"), config: c.config("new")}}
	}
	for name, test := range map[string]struct {
		typ       string
		there     int // certificates in the zone before the plan
		instances func(c *certificatePlans) []instance
		says      []string // by instance; "" for nothing
	}{
		"the tenth":                      {hostCertName, 9, given, []string{""}},
		"the eleventh":                   {hostCertName, 10, given, []string{full(1)}},
		"the tenth beside its former":    {hostCertName, 9, replaced, []string{""}},
		"the eleventh beside its former": {hostCertName, 10, replaced, []string{full(1)}},
		"the eleventh and the twelfth": {hostCertName, 10, func(c *certificatePlans) []instance {
			return []instance{{config: c.config("new")}, {config: c.config("newer")}}
		}, []string{full(1), full(2)}},
		"the eleventh, which the provider makes": {hostCertName, 10, func(c *certificatePlans) []instance {
			return []instance{{config: c.generated()}}
		}, []string{full(1)}},
		"the same again": {hostCertName, 10, func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("former"), config: c.config("former"), tainted: true}}
		}, []string{""}},
		"nothing new": {hostCertName, 10, func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("former"), config: c.config("former")}}
		}, []string{""}},
		"the eleventh zone certificate": {zoneCertName, 10, given, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				c := &certificatePlans{s, test.typ, map[string]certtest.Pair{}}
				instances := test.instances(c)
				for i := range instances {
					instances[i].typ = test.typ
				}
				for i := len(s.w.Live()); i < test.there; i++ {
					c.foreign(fmt.Sprint(i))
				}
				for i, p := range c.plan(orders["in order"], instances...) {
					if slices.Equal(p.says, []string{summary}) != (test.says[i] != "") || !strings.Contains(p.details, test.says[i]) {
						t.Errorf("address %d: says %q, want %q: %s", i, p.says, test.says[i], p.details)
					}
				}
			})
		})
	}
}
