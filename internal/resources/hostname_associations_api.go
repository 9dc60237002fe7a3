package resources

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// maxReads limits how many hostnames are read at the same time. Most reads use a list that they share.
const maxReads = 10

// writeAll makes the changes and waits for all of them. It returns the errors by hostname. It starts all changes at
// the same time, so that the client can write them in joint requests and poll them together.
func (r *associations) writeAll(ctx context.Context, api *client.Client, zoneID string, changes []associationChange) map[string]error {
	var mu sync.Mutex
	failed := map[string]error{}
	var all sync.WaitGroup
	for _, change := range changes {
		all.Go(func() {
			if err := r.writeOne(ctx, api, zoneID, change); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed[change.Hostname] = err
			}
		})
	}
	all.Wait()
	return failed
}

func (r *associations) writeOne(ctx context.Context, api *client.Client, zoneID string, w associationChange) error {
	if w.Enabled == nil {
		return api.Zone(zoneID).Associations.Void(ctx, w.Hostname, w.CertificateID, w.before, w.elsewhere)
	}
	row, err := api.Zone(zoneID).Associations.Put(ctx, w.AssociationWrite)
	if err != nil {
		return err
	}
	_, err = api.Zone(zoneID).Associations.WaitActive(ctx, w.AssociationWrite, row, w.before)
	return err
}

// report adds one error for all hostnames that failed for the same reason. saved says that the state has some of the hostnames.
func (r *associations) report(ctx context.Context, api *client.Client, verb, zoneID string, saved bool, changes []associationChange, failed map[string]error, diags *diag.Diagnostics) {
	reasons := map[string][]associationChange{}
	for _, change := range changes {
		if err := failed[change.Hostname]; err != nil {
			reasons[reasonOf(err)] = append(reasons[reasonOf(err)], change)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		group := reasons[reason]
		names := make([]string, len(group))
		for i, change := range group {
			names[i] = change.Hostname
		}
		err := failed[group[0].Hostname]
		object := fmt.Sprintf("%d of the %d hostnames to be written in zone %s: %s", len(group), len(changes), zoneID, strings.Join(names, ", "))
		if len(changes) > len(failed) {
			object += " (the others are written and active)"
		}
		attribute.Problem{
			Verb: verb, Noun: "hostname associations", Object: object, Err: err,
			First:  taintAdvice(verb, saved),
			Advice: associationWriteAdvice(ctx, api, zoneID, group[0].CertificateID, err),
		}.Add(diags)
	}
}

// reasonOf returns an error's text without the parts that differ between requests.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*client.Error](err); ok {
		return fmt.Sprint(e.Status, e.Items)
	}
	return err.Error()
}

// readEach reads the given hostnames and leaves out those that are gone. It also returns which of the others have not
// reached the edge, by their names in lower case. The next plan writes these again.
func (r *associations) readEach(ctx context.Context, api *client.Client, zoneID string, known map[string]associationEntry, diags *diag.Diagnostics) (map[string]associationEntry, map[string]bool) {
	var mu sync.Mutex
	live, pending := make(map[string]associationEntry, len(known)), map[string]bool{}
	var group errgroup.Group
	group.SetLimit(maxReads)
	for key := range known {
		api.Zone(zoneID).Ledger.Read(ctx, client.HostnameKey(attribute.CanonicalHostname(key)), client.Holding{})
		group.Go(func() error {
			row, err := api.Zone(zoneID).Associations.Read(ctx, attribute.CanonicalHostname(key))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case client.IsNotFound(err):
			case err != nil:
				return err
			default:
				note(key, row, live, pending)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		attribute.Problem{Verb: "read", Noun: "hostname associations", Object: "the associations of zone " + zoneID, Err: err}.Add(diags)
	}
	return live, pending
}

// readZone reads all associations of a zone, for an import or a list. It returns the same as readEach.
func (r *associations) readZone(ctx context.Context, api *client.Client, zoneID, verb string, diags *diag.Diagnostics) (live map[string]associationEntry, pending map[string]bool) {
	rows, err := api.Zone(zoneID).Associations.List(ctx)
	if err != nil {
		attribute.UnlistedAssociations(verb, zoneID, err).Add(diags)
		return nil, nil
	}
	live, pending = map[string]associationEntry{}, map[string]bool{}
	for i := range rows {
		note(attribute.CanonicalHostname(rows[i].Hostname), &rows[i], live, pending)
	}
	return live, pending
}

// note adds a row of the API to live, unless it is gone. If the row has not reached the edge, note adds its hostname
// to pending.
func note(key string, row *client.Association, live map[string]associationEntry, pending map[string]bool) {
	if row.Gone() {
		return
	}
	live[key] = associationEntry{CertificateID: attribute.Text(row.CertificateID), Enabled: types.BoolPointerValue(row.Enabled)}
	if row.Status.Deploying() || row.Status == client.StatusDeploymentTimedOut {
		pending[attribute.CanonicalHostname(key)] = true
	}
}
