package client

import (
	"context"
	"slices"
)

// Source says at which level a presented client certificate is configured.
type Source string

// The sources.
const (
	SourceHostname Source = "hostname" // an association of the hostname
	SourceZone     Source = "zone"     // the zone's certificate
	SourceNone     Source = "none"     // no certificate of this zone is presented
)

// Effective is which client certificate the edge presents to the origin for a hostname.
type Effective struct {
	Source Source
	// Certificate is nil where Source is SourceNone, and where an association is being changed: the API
	// shows what was asked for, and not what the edge presents until that is deployed.
	Certificate *Certificate
	// Pending says that a change is on its way to the edge, after which the answer may be another.
	Pending bool
	Reason  string // why, as sentences
}

// Effective finds out which client certificate the edge presents for a hostname: that of the hostname's
// association if there is one, else the zone's (section 5). What is deployed counts, not what was asked
// for. It can only be as current as the API's lists, which may miss a certificate for tens of seconds after
// its upload (section 2).
func (c *Client) Effective(ctx context.Context, zoneID, hostname string) (*Effective, error) {
	row, _, err := c.Associations.seen(ctx, zoneID, hostname)
	switch {
	case IsNotFound(err), err == nil && (row.Enabled == nil || row.Status == StatusDeleted):
		return c.effectiveOfZone(ctx, zoneID, "The hostname has no association.")
	case err != nil:
		return nil, err
	case !row.Status.Deploying() && row.Status != StatusDeploymentTimedOut:
		return c.effectiveOfHostname(ctx, zoneID, row)
	case row.isFirstWrite():
		e, err := c.effectiveOfZone(ctx, zoneID, "The hostname's association has not reached the edge (its status is "+string(row.Status)+").")
		if err == nil {
			e.Pending = true
		}
		return e, err
	default:
		return &Effective{Source: SourceHostname, Pending: true, Reason: "The hostname's association was changed, and the change has not reached the edge " +
			"(its status is " + string(row.Status) + "). Until it does, the edge goes by the former association, which Cloudflare does not show any more."}, nil
	}
}

// isFirstWrite reports whether an association is as it was first written, so that before it there was none.
func (a *Association) isFirstWrite() bool {
	apart, known := between(a.CreatedAt, a.UpdatedAt)
	return known && apart == 0
}

// effectiveOfHostname answers for an association that has reached the edge. One without a usable
// certificate does not give way to the zone's certificate; of that nothing is documented.
func (c *Client) effectiveOfHostname(ctx context.Context, zoneID string, row *Association) (*Effective, error) {
	pending := row.Status == StatusPendingDeletion
	if !*row.Enabled {
		return &Effective{Source: SourceNone, Pending: pending, Reason: "The hostname's association is disabled: no client certificate is presented for it, whatever the zone has."}, nil
	}
	cert, err := c.HostnameCertificates.shown(ctx, zoneID, row.CertificateID)
	if err != nil && !IsNotFound(err) {
		return nil, err
	}
	status := StatusDeleted
	if err == nil {
		status = cert.Status
	}
	switch status {
	case StatusInitializing, StatusPendingDeployment, StatusDeploymentTimedOut, StatusDeleted:
		return &Effective{Source: SourceNone, Pending: status.Deploying(), Reason: "The hostname's association names the certificate " + row.CertificateID +
			", which is not at the edge (its status is " + string(status) + ")."}, nil
	}
	return &Effective{Source: SourceHostname, Certificate: cert, Pending: pending, Reason: "The hostname's association presents this certificate."}, nil
}

// effectiveOfZone answers for a hostname that its zone's setting and certificates decide about.
func (c *Client) effectiveOfZone(ctx context.Context, zoneID, because string) (*Effective, error) {
	enabled, err := c.Settings.read(ctx, zoneID)
	if err != nil {
		return nil, err
	}
	if !enabled {
		return &Effective{Source: SourceNone, Reason: because + " Zone-level authenticated origin pulls are off."}, nil
	}
	all, err := c.ZoneCertificates.All(ctx, zoneID)
	if err != nil {
		return nil, err
	}
	var active []Certificate
	pending := false
	for _, cert := range all {
		pending = pending || cert.Status.Deploying()
		if cert.Status == StatusActive {
			active = append(active, cert)
		}
	}
	e := &Effective{Source: SourceZone, Certificate: lastDeployed(active), Pending: pending}
	switch len(active) {
	case 0:
		e.Source = SourceNone
		e.Reason = because + " Zone-level authenticated origin pulls are on, but the zone has no active certificate of its own: " +
			"Cloudflare then presents one that it shares between its customers."
	case 1:
		e.Reason = because + " Zone-level authenticated origin pulls are on, and this is the zone's active certificate."
	default:
		e.Reason = because + " Zone-level authenticated origin pulls are on, and of the zone's active certificates this is the one deployed last."
		if slices.ContainsFunc(active, func(c Certificate) bool { return c.UpdatedAt == "" }) {
			e.Reason = because + " Zone-level authenticated origin pulls are on, and of the zone's active certificates this is the one uploaded last. " +
				"The edge presents the one that was deployed last, which Cloudflare does not show: if a certificate that was uploaded earlier became active later, " +
				"it is that one. With only one active certificate in the zone there is no doubt."
		}
	}
	return e, nil
}

// lastDeployed returns the certificate that was deployed last, which the edge uses of several active ones
// (section 5, documented); nil for none. The API shows no time of deployment: updated_at is taken for it,
// and uploaded_on where a certificate lacks that, as recorded answers do (section 4); both are inferred.
func lastDeployed(certs []Certificate) *Certificate {
	var last *Certificate
	for i := range certs {
		if last == nil || !certs[i].deployedBefore(last) {
			last = &certs[i]
		}
	}
	return last
}

func (c *Certificate) deployedBefore(other *Certificate) bool {
	mine, theirs := c.UpdatedAt, other.UpdatedAt
	if mine == "" || theirs == "" {
		mine, theirs = c.UploadedOn, other.UploadedOn
	}
	apart, known := between(mine, theirs)
	return known && apart > 0
}
