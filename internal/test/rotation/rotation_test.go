// Package rotation tests rotations of certificates under live traffic. The edge pulls from a real origin without a pause while
// the real CLI rotates, and the tests count every pull that fails.
package rotation

import (
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// minPulls is the smallest number of pulls during a rotation.
const minPulls = 1000

// These tests are not parallel, because the traffic of one of them is enough to keep two cores busy.

func TestAccRotation_FailsNoPull(t *testing.T) {
	for _, c := range []struct {
		name    string
		keys    keys
		rotated []string
	}{
		{"zone certificate, key in a file", keysInFiles, zoneCertificates},
		{"hostname certificates, ephemeral keys", keysEphemeral, hostnameCertificates},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.keys, lifecycles{certificate: acctest.CBD})
			s.rotate(s.ca, c.rotated...)
			s.traffic.stop()
			s.traffic.noneFailed()
		})
	}
}

// This is the order without a gap: trust both authorities, rotate, and then trust only the new one.
func TestAccRotation_ToAnotherAuthorityFailsNoPull(t *testing.T) {
	s := newScene(t, keysEphemeral, lifecycles{certificate: acctest.CBD})
	next := certtest.CA(t, "second authority")

	s.trust("the origin came to trust both authorities", s.ca, next)
	s.rotate(next, allCertificates...)
	s.trust("the origin ceased to trust the old authority", next)
	s.traffic.stop()
	s.traffic.noneFailed()
}

// In this case the origin does not trust the new authority yet. With verify_origins, the apply stops before it changes anything.
// Once the origin trusts the authority, the apply succeeds.
func TestAccRotation_ToAnUnknownAuthorityIsStopped(t *testing.T) {
	const verify = "  verify_origins = [{ address = \"ORIGIN\", server_name = \"www.example.com\" }]\n"
	for name, k := range map[string]keys{"key in a file": keysInFiles, "ephemeral keys": keysEphemeral} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, k, lifecycles{certificate: verify + acctest.CBD})
			next := certtest.CA(t, "second authority")

			old, output := s.refused(next, allCertificates...)
			for _, name := range allCertificates {
				want := acctest.Says("Unable to verify origin", "Object: origin "+s.origin.Address(), "The origin refuses the certificate",
					`add the CA "CN=second authority,O=origintls tests", which has signed the certificate "CN=second `+name)
				if !want.MatchString(output) {
					t.Errorf("the apply does not say what to do about %s:\n%s", name, output)
				}
			}
			s.traffic.enter(phase{name: "the origin came to trust both authorities", want: []subjects{old}})
			s.origin.Trust(t, s.ca, next)
			s.exchange(old)
			s.trust("the origin ceased to trust the old authority", next)
			s.traffic.stop()
			s.traffic.noneFailed()
		})
	}
}

// Without create_before_destroy, pulls must fail. Otherwise the tests above would not notice a gap.
func TestAccRotation_WithoutCreateBeforeDestroyFailsPulls(t *testing.T) {
	// The API deletes no certificate that an association uses (1433). So the association has to be destroyed first too. Otherwise
	// the apply would end with an error instead of a gap.
	s := newScene(t, keysInFiles, lifecycles{
		association: "  lifecycle { replace_triggered_by = [origintls_hostname_certificate.%s] }",
	})
	rotation := s.rotate(s.ca, allCertificates...)
	s.traffic.stop()
	failed := map[bool]int{} // the key says whether the hostname has a certificate of its own
	for hostname, n := range rotation.failed {
		failed[certificateOf[hostname] != zoneCertificates[0]] += n
	}
	if failed[false] == 0 || failed[true] == 0 {
		t.Errorf("failed pulls of hostnames with the zone's certificate: %d, of those with their own: %d; want some of both", failed[false], failed[true])
	}
	s.traffic.noneFailedBut(rotation)
}
