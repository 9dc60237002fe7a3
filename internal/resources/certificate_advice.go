package resources

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// adviceTime bounds the requests that only serve an error's text.
const adviceTime = 10 * time.Second

// detached returns a context for looking something up for an error: the operation's own may have ended.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx, func() {} // interrupted: the user wants out
	}
	return context.WithTimeout(context.WithoutCancel(ctx), adviceTime)
}

// uploadAdvice says what to do about a refused upload; "" leaves it to the error itself.
func (r *certificate) uploadAdvice(ctx context.Context, service *client.Certificates, zoneID string, err error) string {
	var exists *client.ExistsError
	switch {
	case errors.As(err, &exists):
		return r.existsAdvice(zoneID, exists)
	case r.kind != client.HostnameCertificate || !isRefusal(err) || client.IsPermission(err) || client.IsCredentials(err):
		return ""
	}
	// The code of a reached quota is unknown (api-behaviour.md section 1b), so the certificates are counted.
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
		"What to do: delete one that is no longer used. If this is a rotation with create_before_destroy, it needs room for old and new "+
		"at the same time. Without room, the old certificate has to go first: take create_before_destroy away for this apply and let the "+
		"associations go with it (lifecycle { replace_triggered_by = [this certificate] } on them), because a certificate that they use is not deleted. "+
		"Their hostnames present no certificate of their own until the new one is active. If several certificates are exchanged at once, "+
		"put the former ones back, apply, and exchange fewer at a time.",
		len(certs), client.HostnameCertificateQuota)
}

// waitAdvice says what to do after a wait that ended before the certificate was deployed. Terraform has
// marked the resource as tainted, and what follows depends on create_before_destroy, which no provider
// can see.
func waitAdvice(err error, generated bool) string {
	var wait *client.WaitError
	ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	if !errors.As(err, &wait) || wait.Terminal() || !ended {
		return ""
	}
	if generated {
		return "What to do: run the same command again: it makes a new certificate in place of this one, which is kept in the state. To wait for this one instead, " +
			"run `terraform untaint ADDRESS` first. If the timeout is too short: timeouts { create = \"30m\" }."
	}
	return "What to do: run the same command again. The certificate is kept in the state, which marks it as tainted, so the plan replaces it: with " +
		"create_before_destroy the apply adopts the existing certificate and waits for it; without, it is deleted and uploaded again. " +
		"If the timeout is too short: timeouts { create = \"30m\" }."
}

func (r *certificate) existsAdvice(zoneID string, exists *client.ExistsError) string {
	if exists.ID == "" {
		return "What to do: run the same command again in a minute. The certificate is in the zone or still being deleted, " +
			"but Cloudflare's list does not show it, so its id is not known here."
	}
	return fmt.Sprintf("The certificate is there already, with the id %[1]s and the status %[2]q. "+
		"What to do depends on where it belongs.\n\n"+
		"If nothing manages it, take it over with an import block:\n\nimport {\n  to = origintls_%[3]s.NAME # this resource's address\n  id = \"%[4]s/%[1]s\"\n}\n\n"+
		"If the state holds another certificate at this address, as after a rotation that broke off, first run "+
		"`terraform state mv ADDRESS origintls_%[3]s.former`: the apply then takes the new one over and deletes the former.\n\n"+
		"If another address of this configuration has it, refer to the id of that resource in place of a second one; if it only changed its address, "+
		"add a moved block. If another state has it, leave it there, and look it up with the data source origintls_%[3]s.\n\n"+
		"If this plan replaces the resource although the certificate stays the same (-replace, replace_triggered_by), it is adopted "+
		"if the plan has refreshed the state: run it without -refresh=false.", exists.ID, exists.Status, typeNames[r.kind], zoneID)
}

// deleteAdvice names the hostnames that keep a certificate from being deleted.
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
	users := "Which hostnames these are could not be found out."
	switch {
	case listErr == nil && len(names) > 0:
		users = "These hostnames still use it: " + strings.Join(names, ", ") + "."
	case listErr == nil:
		users = "Cloudflare lists no hostname with it, so a void may still be on its way."
	}
	return users + " What to do: move the hostnames to another certificate or remove their associations, then run the same command again. " +
		"If this was a rotation, the certificate lacks create_before_destroy, without which the old one is deleted before its hostnames can move. " +
		"If the certificate left the configuration while its associations stay, put it back, apply, and move the associations first; " +
		"or let Terraform forget it: removed { from = ADDRESS, lifecycle { destroy = false } }. " +
		"Associations that this configuration does not manage have to be removed where they are managed."
}
