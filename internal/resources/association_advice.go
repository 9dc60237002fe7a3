package resources

import (
	"context"
	"fmt"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// keptAdvice says what to do if a hostname was not destroyed because this apply failed to write it at another
// address. It is "" for any other error.
func keptAdvice(err error) string {
	if !client.IsKept(err) {
		return ""
	}
	return named{resource: "origintls_hostname_association"}.keptAdvice()
}

// taintAdvice says how to keep what a failed creation has written. Terraform marks the resource as tainted, so the next
// apply would remove it and write it again.
func taintAdvice(verb string, written bool) string {
	if verb != "create" || !written {
		return ""
	}
	return "Terraform marks the resource as tainted, because its creation failed. What to do: first run `terraform untaint ADDRESS`, with the address that this text names after \"with\". Without that, " +
		"the next apply removes what was written and writes it again, and in between the edge does not present the certificate: an outage if the origin requires it."
}

// associationWriteAdvice says what is wrong with a certificate's id. The API only says that the id is not valid.
func associationWriteAdvice(ctx context.Context, api *client.Client, zoneID, id string, err error) string {
	if advice := keptAdvice(err); advice != "" || !client.IsBadCertificateID(err) {
		return advice
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	if cert, getErr := api.Zone(zoneID).ZoneCertificates.Get(ctx, id); getErr == nil && !cert.Status.Gone() {
		return fmt.Sprintf("The id %s belongs to a zone certificate, but an association needs a hostname certificate. "+
			"What to do: upload the certificate with origintls_hostname_certificate as well, and set certificate_id to that resource's id.", id)
	}
	cert, getErr := api.Zone(zoneID).HostnameCertificates.Get(ctx, id)
	switch {
	case client.IsNotFound(getErr):
		return fmt.Sprintf("The zone has no hostname certificate with the id %s. What to do: set certificate_id to the id of an origintls_hostname_certificate "+
			"of the same zone that the hostname's origin trusts. If you do not know which: leave out a hostname that the plan adds, and restore the former id of one that it changes.", id)
	case getErr == nil && cert.Status.Gone():
		return fmt.Sprintf("The hostname certificate %s has been deleted (its status is %q). What to do: run a plan and apply again, "+
			"so that the certificate is recreated and the hostname moves to it.", id, cert.Status)
	default:
		return ""
	}
}
