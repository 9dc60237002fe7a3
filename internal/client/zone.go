package client

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Zone is the API of one zone, and what this process knows about the zone. It has everything that requests about the
// zone share: the turn to write, the version, the cached lists and the ledger.
type Zone struct {
	ZoneCertificates     *Certificates
	HostnameCertificates *Certificates
	Associations         *Associations
	Setting              *Setting
	Ledger               *Ledger

	c  *Client
	id string

	// turn allows one write at a time, because the API answers 409 to overlapping writes (api-behaviour.md section 1b).
	turn *semaphore.Weighted
	// version counts the changes of the zone that this process knows of: its own writes, and the deployments and
	// deletions whose end it has seen. Anything read before the last change is stale.
	version atomic.Int64
}

// Zone returns the zone with this id. It returns the same Zone for every call.
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

// Certificates returns the API of one kind of the zone's certificates.
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

// changed marks everything that was read before as stale.
func (z *Zone) changed() { z.version.Add(1) }

// exclusively calls change when it is the zone's turn.
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
