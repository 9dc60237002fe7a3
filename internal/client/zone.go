package client

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Zone is one zone: its API, and what this process knows of it. Everything that the requests about a zone
// share lives here: the turn to write, the version, one cached list of each kind, and the ledger.
type Zone struct {
	ZoneCertificates     *Certificates
	HostnameCertificates *Certificates
	Associations         *Associations
	Setting              *Setting
	Ledger               *Ledger

	c  *Client
	id string

	// turn lets one write at a time go out: the API answers 409 to overlapping ones (api-behaviour.md section 1b).
	turn *semaphore.Weighted
	// version counts what this process has changed in the zone: its writes, and the deployments and deletions
	// whose end it has seen. What was read before a change is stale.
	version atomic.Int64
}

// Zone returns the zone with this id, the same one each time.
func (c *Client) Zone(id string) *Zone {
	if z, ok := c.zones.Load(id); ok {
		return z.(*Zone)
	}
	z := &Zone{c: c, id: id, turn: semaphore.NewWeighted(1), Ledger: newLedger(c.quiet, &c.refreshing)}
	z.ZoneCertificates = newCertificates(z, ZoneCertificate)
	z.HostnameCertificates = newCertificates(z, HostnameCertificate)
	z.Associations = newAssociations(z)
	z.Setting = newSetting(z)
	actual, _ := c.zones.LoadOrStore(id, z)
	return actual.(*Zone)
}

// Certificates returns the API of one kind of certificates.
func (z *Zone) Certificates(kind CertificateKind) *Certificates {
	if kind == HostnameCertificate {
		return z.HostnameCertificates
	}
	return z.ZoneCertificates
}

// path returns the path elements of the zone's origin_tls_client_auth API.
func (z *Zone) path(rest ...string) []string {
	return append([]string{"zones", z.id, "origin_tls_client_auth"}, rest...)
}

// changed makes what was read before it stale.
func (z *Zone) changed() { z.version.Add(1) }

// exclusively runs what changes the zone when it is the zone's turn.
func (z *Zone) exclusively(ctx context.Context, change func() error) error {
	if err := z.turn.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("waiting for the zone's earlier writes: %w", err)
	}
	defer z.turn.Release(1)
	defer z.changed()
	return change()
}

// write sends a call that changes the zone, when it is the zone's turn.
func (z *Zone) write(ctx context.Context, in call) (*envelope, error) {
	var env *envelope
	err := z.exclusively(ctx, func() (err error) {
		env, err = z.c.do(ctx, in)
		return err
	})
	return env, err
}
