package resources

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// adviceTime limits the requests that are only made for the text of an error.
const adviceTime = 10 * time.Second

// detached returns a context for such requests. The context of the operation itself may have ended.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx, func() {} // the user has interrupted the command and does not want to wait
	}
	return context.WithTimeout(context.WithoutCancel(ctx), adviceTime)
}

// uploadAdvice says what to do after a failed upload. It is "" if the error itself says enough.
func (r *certificate) uploadAdvice(ctx context.Context, service *client.Certificates, zoneID string, err error) string {
	var exists *client.ExistsError
	switch {
	case errors.As(err, &exists):
		return r.existsAdvice(zoneID, exists)
	case r.kind != client.HostnameCertificate || !isRefusal(err) || client.IsPermission(err) || client.IsCredentials(err):
		return ""
	}
	// The API's code for a reached quota is unknown (api-behaviour.md section 1b), so count the certificates.
	ctx, cancel := detached(ctx)
	defer cancel()
	certs, listErr := service.List(ctx)
	if listErr != nil {
		return ""
	}
	certs = slices.DeleteFunc(certs, func(c client.Certificate) bool { return c.Status == client.StatusDeleted })
	if len(certs) < client.HostnameCertificateQuota {
		return ""
	}
	return fmt.Sprintf("The zone holds %d hostname certificates, and Cloudflare allows %d in a zone. "+
		"What to do: delete one that is no longer used. If this apply replaces several certificates at once, restore the former ones, apply, and replace fewer at a time. A rotation with create_before_destroy needs room for the old and the new certificate "+
		"at the same time. If there is no room even for one, the old certificate has to be deleted first: remove create_before_destroy for this apply, and replace the "+
		"associations together with the certificate (lifecycle { replace_triggered_by = [this certificate] } on them), because Cloudflare does not delete a certificate that they use. "+
		"Their hostnames present no certificate of their own until the new one is active. Do not do that with origintls_hostname_associations, because it voids all hostnames of the resource.",
		len(certs), client.HostnameCertificateQuota)
}

// waitAdvice says what to do after a wait that ended before the certificate was deployed. Terraform marks the
// resource as tainted. What the next apply does depends on create_before_destroy, which a provider cannot see, so the
// text covers both cases.
func (r *certificate) waitAdvice(err error, generated bool) string {
	var wait *client.WaitError
	ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	if !errors.As(err, &wait) || wait.Terminal() || !ended {
		return ""
	}
	trust := ""
	if r.kind == client.ZoneCertificate {
		trust = "As soon as Cloudflare has deployed the certificate, the edge presents it, whether you do something or not: the origin has to trust it now, in addition to the old one. "
	}
	if generated {
		return trust + "What to do: run the same command again. This certificate is kept in the state, and the apply replaces it with a new one. To wait for this one instead, " +
			"run `terraform untaint ADDRESS` first. If the timeout is too short, raise it: timeouts { create = \"30m\" }."
	}
	return trust + "What to do: run the same command again. The certificate is kept in the state, which marks it as tainted, so the plan replaces it. With " +
		"create_before_destroy, the apply adopts the existing certificate and waits for it. Without create_before_destroy, the apply deletes the certificate and uploads it again. " +
		"If the timeout is too short, raise it: timeouts { create = \"30m\" }."
}

// importAdvice says how to import the certificate of a plan that has no key for an upload, or "" if the zone does not have it. After a lost
// state, this is the only way to its id: Terraform shows one of several equal warnings, but every error.
func (r *certificate) importAdvice(ctx context.Context, plan *certificateModel, bundle *certpem.Bundle) string {
	zone := r.zone(plan.ZoneID)
	if zone == nil || bundle == nil {
		return ""
	}
	cert := withLeaf(r.existing(ctx, zone), bundle)
	if cert == nil {
		return ""
	}
	return "\n\n" + r.existsAdvice(plan.ZoneID.ValueString(), &client.ExistsError{ID: cert.ID, Status: cert.Status})
}

func (r *certificate) existsAdvice(zoneID string, exists *client.ExistsError) string {
	if exists.ID == "" {
		return "What to do: run the same command again in a minute. The certificate is in the zone or still being deleted, " +
			"but Cloudflare's list does not show it, so the provider does not know its id."
	}
	return fmt.Sprintf("The certificate is in the zone already, with the id %[1]s and the status %[2]q. "+
		"What to do depends on where it belongs.\n\n"+
		"If nothing else manages it, as after an apply that was killed or a state that was lost, import it. If the plan replaces this resource, because the state has "+
		"a certificate with another id at this address, as after a rotation that was killed, first run `terraform state mv ADDRESS origintls_%[3]s.former`: "+
		"otherwise Terraform ignores the import block. The apply then imports the new certificate and deletes the former one. The import block:\n\nimport {\n  to = origintls_%[3]s.NAME # the address that this text names after \"with\"\n  id = \"%[4]s/%[1]s\"\n}\n\n"+
		"If another address of this configuration manages it, refer to the id of that resource instead of declaring a second one. If it only changed its address, "+
		"add a moved block. If another state manages it, leave it there, and look it up with the data source origintls_%[3]s.\n\n"+
		"If this plan replaces the resource although the certificate stays the same (-replace, replace_triggered_by), the apply adopts the certificate "+
		"if the plan has refreshed the state: run it without -refresh=false.", exists.ID, exists.Status, typeNames[r.kind], zoneID)
}

// deleteAdvice says what to do after a failed deletion. If associations use the certificate, it names their
// hostnames.
func (r *certificate) deleteAdvice(ctx context.Context, api *client.Client, state *certificateModel, err error) string {
	if client.IsKept(err) {
		return r.named(state).keptAdvice()
	}
	if r.kind != client.HostnameCertificate || !client.IsInUse(err) {
		return ""
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	rows, listErr := api.Zone(state.ZoneID.ValueString()).Associations.List(ctx)
	var names []string
	for _, row := range rows {
		if row.CertificateID == state.ID.ValueString() && row.Enabled != nil {
			names = append(names, row.Hostname)
		}
	}
	slices.Sort(names)
	users := "The provider could not find out which hostnames still use it."
	switch {
	case listErr == nil && len(names) > 0:
		users = "These hostnames are served with it now: " + strings.Join(names, ", ") + "."
	case listErr == nil:
		users = "Cloudflare lists no hostname that uses it, so a void may still be under way."
	}
	return users + " Nothing was deleted. What to do:\n\n" +
		"If this was a rotation, add create_before_destroy to the certificate: without it, Terraform deletes the old certificate before its hostnames can move.\n\n" +
		"If these hostnames are to keep the certificate, put the resource back into the configuration. Only if another team takes the certificate over, let Terraform forget it " +
		"(before Terraform 1.7 and OpenTofu 1.7: `terraform state rm 'ADDRESS'`); until that team has imported it, nobody manages it:\n\nremoved {\n  from = ADDRESS\n  lifecycle {\n    destroy = false\n  }\n}\n\n" +
		"If the hostnames do not need it any longer, and their origins do not require it, move them to another certificate, or remove their associations where they are " +
		"managed. Then run the same command again."
}
