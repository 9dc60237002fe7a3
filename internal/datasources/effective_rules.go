package datasources

import (
	"context"
	"slices"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// The values of source: what decides about the certificate that the edge presents.
const (
	sourceHostname = "hostname" // an association of the hostname
	sourceZone     = "zone"     // the zone's setting and certificates
	sourceNone     = "none"     // the edge presents no certificate of this zone
)

// presented is the client certificate that the edge presents to the origin for a hostname.
type presented struct {
	Source string
	// Certificate is nil if Source is sourceNone, or if an association is being changed. Until the change is deployed,
	// the edge presents the former certificate, but the API shows only the requested one.
	Certificate *client.Certificate
	// Pending reports that a change is being deployed, after which the result may differ.
	Pending bool
	Reason  string // the reason, in sentences
}

// findPresented finds out which client certificate the edge presents for a hostname. If the hostname has an
// association, it is the association's, and otherwise the zone's (section 5). The deployed certificate counts, not
// the requested one. The result is only as current as the API's lists, which may lack a certificate for tens of
// seconds after its upload (section 2).
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
			"(its status is " + string(row.Status) + "). Until then, the edge uses the former association, which Cloudflare does not show any more."}, nil
	}
}

// presentedByAssociation returns the result for an association that has reached the edge. If its certificate is not
// at the edge, the result is none: it is not documented that Cloudflare then falls back to the zone's certificate.
func presentedByAssociation(ctx context.Context, zone *client.Zone, row *client.Association) (*presented, error) {
	pending := row.Status == client.StatusPendingDeletion
	if !*row.Enabled {
		return &presented{Source: sourceNone, Pending: pending, Reason: "The hostname's association is disabled, so no client certificate is presented for the hostname, even if the zone has one."}, nil
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

// presentedByZone returns the result for a hostname without an association. The zone's setting and certificates
// decide.
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
		e.Reason = because + " Zone-level authenticated origin pulls are on, but the zone has no active certificate of its own. " +
			"Cloudflare then presents a certificate that it shares between its customers."
	case 1:
		e.Reason = because + " Zone-level authenticated origin pulls are on, and this is the zone's active certificate."
	default:
		e.Reason = because + " Zone-level authenticated origin pulls are on, and of the zone's active certificates, this one was deployed last."
		if slices.ContainsFunc(active, func(c client.Certificate) bool { return c.UpdatedAt == "" }) {
			e.Reason = because + " Zone-level authenticated origin pulls are on, and of the zone's active certificates, this one was uploaded last. " +
				"The edge presents the one that was deployed last, but Cloudflare does not show when a certificate was deployed. If a certificate that was uploaded earlier became active later, " +
				"the edge presents that one. The result is only certain if the zone has a single active certificate."
		}
	}
	return e, nil
}

// lastDeployed returns the certificate that was deployed last, or nil. If several are active, the edge presents that
// one (section 5, documented).
func lastDeployed(certs []client.Certificate) *client.Certificate {
	var last *client.Certificate
	for i := range certs {
		if last == nil || !certs[i].DeployedBefore(last) {
			last = &certs[i]
		}
	}
	return last
}
