// Package rotation holds the tests that rotate certificates under live traffic: the edge pulls from a
// real origin without pause while the real CLI rotates, and every pull that fails is counted.
package rotation

import (
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// minPulls is how many pulls there are at least while a rotation runs.
const minPulls = 1000

// These tests are not parallel: one's traffic alone keeps two cores busy.

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

// The order that leaves no gap: trust both authorities, rotate, trust the new one only.
func TestAccRotation_ToAnotherAuthorityFailsNoPull(t *testing.T) {
	s := newScene(t, keysEphemeral, lifecycles{certificate: acctest.CBD})
	next := certtest.CA(t, "second authority")

	s.trust("the origin came to trust both authorities", s.ca, next)
	s.rotate(next, allCertificates...)
	s.trust("the origin ceased to trust the old authority", next)
	s.traffic.stop()
	s.traffic.noneFailed()
}

// The counterpart of that order: the origin does not trust the new authority yet. With verify_origins the apply
// stops before it has changed anything, and comes through once the origin knows.
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

// The counterpart, without which the tests above could be blind.
func TestAccRotation_WithoutCreateBeforeDestroyFailsPulls(t *testing.T) {
	// The API deletes no certificate that an association uses (1433). So the association has to go first
	// as well, or the apply would end in an error instead of a gap.
	s := newScene(t, keysInFiles, lifecycles{
		association: "  lifecycle { replace_triggered_by = [origintls_hostname_certificate.%s] }",
	})
	rotation := s.rotate(s.ca, allCertificates...)
	s.traffic.stop()
	failed := map[bool]int{} // by whether the hostname has a certificate of its own
	for hostname, n := range rotation.failed {
		failed[certificateOf[hostname] != zoneCertificates[0]] += n
	}
	if failed[false] == 0 || failed[true] == 0 {
		t.Errorf("%d pulls failed of hostnames with the zone's certificate and %d of those with their own; want some of both", failed[false], failed[true])
	}
	s.traffic.noneFailedBut(rotation)
}
