package datasources

import (
	"context"
	"slices"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// Where a presented client certificate is configured.
const (
	sourceHostname = "hostname" // an association of the hostname
	sourceZone     = "zone"     // the zone's certificate
	sourceNone     = "none"     // no certificate of this zone is presented
)

// presented is which client certificate the edge presents to the origin for a hostname.
type presented struct {
	Source string
	// Certificate is nil where Source is sourceNone, and where an association is being changed: the API
	// shows the requested certificate, and not the one that the edge presents until the change is deployed.
	Certificate *client.Certificate
	// Pending reports that a change is being deployed, after which the result may differ.
	Pending bool
	Reason  string // why, as sentences
}

// findPresented finds out which client certificate the edge presents for a hostname: that of the hostname's
// association if there is one, or else the zone's (section 5). The deployed certificate counts, not the requested
// one. The result can only be as current as the API's lists, which may miss a certificate for tens of seconds after
// its upload (section 2).
func findPresented(ctx context.Context, zone *client.Zone, hostname string) (*presented, error) {
	row, _, err := zone.Associations.FromList(ctx, hostname)
	switch {
	case client.IsNotFound(err), err == nil && (row.Enabled == nil || row.Status == client.StatusDeleted):
		return presentedByZone(ctx, zone, "The hostname has no association.")
	case err != nil:
		return nil, err
	case !row.Status.Deploying() && row.Status != client.StatusDeploymentTimedOut:
		return presentedByAssociation(ctx, zone, row)
	case row.IsFirstWrite():
		e, err := presentedByZone(ctx, zone, "The hostname's association has not reached the edge (its status is "+string(row.Status)+").")
		if err == nil {
			e.Pending = true
		}
		return e, err
	default:
		return &presented{Source: sourceHostname, Pending: true, Reason: "The hostname's association was changed, and the change has not reached the edge " +
			"(its status is " + string(row.Status) + "). Until it does, the edge goes by the former association, which Cloudflare does not show any more."}, nil
	}
}

// presentedByAssociation answers for an association that has reached the edge. One without a usable
// certificate does not fall back to the zone's certificate; whether Cloudflare does so is not documented.
func presentedByAssociation(ctx context.Context, zone *client.Zone, row *client.Association) (*presented, error) {
	pending := row.Status == client.StatusPendingDeletion
	if !*row.Enabled {
		return &presented{Source: sourceNone, Pending: pending, Reason: "The hostname's association is disabled: no client certificate is presented for it, whatever the zone has."}, nil
	}
	cert, err := zone.HostnameCertificates.Read(ctx, row.CertificateID)
	if err != nil && !client.IsNotFound(err) {
		return nil, err
	}
	status := client.StatusDeleted
	if err == nil {
		status = cert.Status
	}
	switch status {
	case client.StatusInitializing, client.StatusPendingDeployment, client.StatusDeploymentTimedOut, client.StatusDeleted:
		return &presented{Source: sourceNone, Pending: status.Deploying(), Reason: "The hostname's association names the certificate " + row.CertificateID +
			", which is not at the edge (its status is " + string(status) + ")."}, nil
	}
	return &presented{Source: sourceHostname, Certificate: cert, Pending: pending, Reason: "The hostname's association presents this certificate."}, nil
}

// presentedByZone decides about a hostname without an association, by the zone's setting and certificates.
func presentedByZone(ctx context.Context, zone *client.Zone, because string) (*presented, error) {
	enabled, err := zone.Setting.Read(ctx)
	if err != nil {
		return nil, err
	}
	if !enabled {
		return &presented{Source: sourceNone, Reason: because + " Zone-level authenticated origin pulls are off."}, nil
	}
	all, err := zone.ZoneCertificates.All(ctx)
	if err != nil {
		return nil, err
	}
	var active []client.Certificate
	pending := false
	for _, cert := range all {
		pending = pending || cert.Status.Deploying()
		if cert.Status == client.StatusActive {
			active = append(active, cert)
		}
	}
	e := &presented{Source: sourceZone, Certificate: lastDeployed(active), Pending: pending}
	switch len(active) {
	case 0:
		e.Source = sourceNone
		e.Reason = because + " Zone-level authenticated origin pulls are on, but the zone has no active certificate of its own: " +
			"Cloudflare then presents one that it shares between its customers."
	case 1:
		e.Reason = because + " Zone-level authenticated origin pulls are on, and this is the zone's active certificate."
	default:
		e.Reason = because + " Zone-level authenticated origin pulls are on, and of the zone's active certificates this is the one deployed last."
		if slices.ContainsFunc(active, func(c client.Certificate) bool { return c.UpdatedAt == "" }) {
			e.Reason = because + " Zone-level authenticated origin pulls are on, and of the zone's active certificates this is the one uploaded last. " +
				"The edge presents the one that was deployed last, which Cloudflare does not show: if a certificate that was uploaded earlier became active later, " +
				"it is that one. With only one active certificate in the zone there is no doubt."
		}
	}
	return e, nil
}

// lastDeployed returns the certificate that was deployed last, which the edge uses of several active ones
// (section 5, documented); nil for none.
func lastDeployed(certs []client.Certificate) *client.Certificate {
	var last *client.Certificate
	for i := range certs {
		if last == nil || !certs[i].DeployedBefore(last) {
			last = &certs[i]
		}
	}
	return last
}
