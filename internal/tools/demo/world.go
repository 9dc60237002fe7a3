package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

const (
	zoneID = "023e105f4ecef8ad9ca31a8372d0c353"
	token  = "demo-token-that-opens-only-the-simulator"

	statusActive  = "active"
	statusDeleted = "deleted"
)

// hostnames are those of config/providers.tf.
var hostnames = []string{"api.example.com", "shop.example.com"}

// world is the API that the provider talks to, seen from behind.
type world struct {
	api      *simulator.Server
	server   *http.Server
	listener net.Listener
}

// newWorld serves a simulator on a free loopback port.
func newWorld(ctx context.Context, deploy time.Duration) (*world, error) {
	behaviour := simulator.Defaults()
	behaviour.DeployAfter = simulator.Duration(deploy)
	behaviour.AssociateAfter = simulator.Duration(deploy)
	behaviour.VoidAfter = simulator.Duration(deploy)
	behaviour.DeleteAfter = simulator.Duration(deploy)
	api := simulator.New(simulator.Options{Behaviour: behaviour})

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // always ends with ErrServerClosed
	return &world{api: api, server: server, listener: listener}, nil
}

func (w *world) close() {
	_ = w.server.Close()
}

func (w *world) page() string {
	return "http://" + w.listener.Addr().String() + "/_sim/"
}

func (w *world) url() string {
	return "http://" + w.listener.Addr().String() + "/client/v4"
}

func (w *world) zone() simulator.ZoneState {
	return w.api.Dump().Zones[zoneID]
}

func (w *world) requests() int {
	return len(w.api.Requests())
}

// writes counts the requests that can change something.
func (w *world) writes() int {
	n := 0
	for _, request := range w.api.Requests() {
		if request.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// table is what the API holds, a line each.
func (w *world) table() string {
	zone := w.zone()
	out := new(strings.Builder)
	columns := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(columns, "  | "+strings.Join(cells, "\t")) }
	for _, c := range live(zone.ZoneCertificates) {
		row("zone certificate", short(c.ID), c.Subject, c.Status)
	}
	for _, c := range live(zone.HostnameCertificates) {
		row("hostname certificate", short(c.ID), c.Subject, c.Status)
	}
	for _, a := range zone.Associations {
		row("association", short(a.CertificateID), a.Hostname, fmt.Sprintf("%s, enabled: %t", a.Status, isOn(a)))
	}
	row("zone setting", "", "", fmt.Sprintf("enabled: %t", zone.Enabled))
	_ = columns.Flush() // a strings.Builder takes everything
	return out.String()
}

func isOn(a simulator.AssociationState) bool {
	return a.Enabled != nil && *a.Enabled
}

func short(id string) string {
	return id[:min(8, len(id))]
}

// live leaves out the tombstones that the API keeps of deleted certificates.
func live(certificates []simulator.CertificateState) []simulator.CertificateState {
	return slices.DeleteFunc(slices.Clone(certificates), func(c simulator.CertificateState) bool {
		return c.Status == statusDeleted
	})
}

// only returns the one live certificate of a kind, which must be active and bear subject; an empty
// subject stands for any.
func only(kind string, certificates []simulator.CertificateState, subject string) (simulator.CertificateState, error) {
	all := live(certificates)
	if len(all) != 1 {
		return simulator.CertificateState{}, fmt.Errorf("the API holds %d %s certificates, not 1", len(all), kind)
	}
	one := all[0]
	if one.Status != statusActive {
		return one, fmt.Errorf("the %s certificate is %s", kind, one.Status)
	}
	if !strings.Contains(one.Subject, subject) {
		return one, fmt.Errorf("the %s certificate is of %q, not of %q", kind, one.Subject, subject)
	}
	return one, nil
}

func (w *world) certificateIDs() (zone, hostname string, err error) {
	state := w.zone()
	z, errZone := only("zone", state.ZoneCertificates, "")
	h, errHostname := only("hostname", state.HostnameCertificates, "")
	return z.ID, h.ID, errors.Join(errZone, errHostname)
}

// checkAll expects everything that the configuration declares, active, and nothing else.
func (w *world) checkAll(zoneSubject, hostnameSubject string) error {
	state := w.zone()
	if _, err := only("zone", state.ZoneCertificates, zoneSubject); err != nil {
		return err
	}
	own, err := only("hostname", state.HostnameCertificates, hostnameSubject)
	if err != nil {
		return err
	}
	if !state.Enabled {
		return errors.New("the zone setting is off")
	}
	for _, a := range state.Associations {
		if !isOn(a) || a.Status != statusActive || a.CertificateID != own.ID {
			return fmt.Errorf("the association of %s is %s, enabled: %t, with certificate %s",
				a.Hostname, a.Status, isOn(a), short(a.CertificateID))
		}
	}
	if n := len(state.Associations); n != len(hostnames) {
		return fmt.Errorf("the API holds %d associations, not %d", n, len(hostnames))
	}
	return nil
}

// checkNothing expects an untouched zone.
func (w *world) checkNothing() error {
	state := w.zone()
	if n := len(live(state.ZoneCertificates)) + len(live(state.HostnameCertificates)); n != 0 {
		return fmt.Errorf("the API holds %d live certificates", n)
	}
	if n := len(state.Associations); n != 0 {
		return fmt.Errorf("the API holds %d associations", n)
	}
	if state.Enabled {
		return errors.New("the zone setting is on")
	}
	return nil
}

// watch looks at the API twenty times a second until the function it returns is called, which
// tells of a moment in which a kind of certificate had no active member.
func (w *world) watch() (stop func() error) {
	done, result := make(chan struct{}), make(chan error, 1)
	go func() {
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		var gap error
		for {
			select {
			case <-done:
				result <- gap
				return
			case <-ticker.C:
				if state := w.zone(); gap == nil && (!anyActive(state.ZoneCertificates) || !anyActive(state.HostnameCertificates)) {
					gap = errors.New("for a moment the API held no active certificate of a kind")
				}
			}
		}
	}()
	return func() error { close(done); return <-result }
}

func anyActive(certificates []simulator.CertificateState) bool {
	return slices.ContainsFunc(certificates, func(c simulator.CertificateState) bool { return c.Status == statusActive })
}
