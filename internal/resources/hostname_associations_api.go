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

// maxReads is how many hostnames are read at once. Most are answered from a list that they share.
const maxReads = 10

// writeAll makes the changes and waits for all of them. The client puts what comes at the same time into
// joint requests and polls once for all. It returns the errors by hostname.
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
		err := api.Zone(zoneID).Associations.Void(ctx, w.Hostname, w.CertificateID, w.before, w.elsewhere)
		if client.IsUnstarted(err) {
			return nil // the plan has said so
		}
		return err
	}
	row, err := api.Zone(zoneID).Associations.Put(ctx, w.AssociationWrite)
	if err != nil {
		return err
	}
	_, err = api.Zone(zoneID).Associations.WaitActive(ctx, w.AssociationWrite, row, w.before)
	return err
}

// report makes one error of all hostnames that failed for the same reason.
func (r *associations) report(ctx context.Context, api *client.Client, verb, zoneID string, changes []associationChange, failed map[string]error, diags *diag.Diagnostics) {
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
		attribute.Problem{
			Verb: verb, Noun: "hostname associations", Err: err,
			Object: fmt.Sprintf("%d of the %d hostnames to be written in zone %s: %s", len(group), len(changes), zoneID, strings.Join(names, ", ")),
			Advice: associationWriteAdvice(ctx, api, zoneID, group[0].CertificateID, err),
		}.Add(diags)
	}
}

// reasonOf is an error's text without what differs from request to request.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*client.Error](err); ok {
		return fmt.Sprint(e.Status, e.Items)
	}
	return err.Error()
}

// readEach reads the given hostnames and leaves out those that are gone. It also returns which of the others, by
// their names in lower case, have not reached the edge: the next plan then writes them again.
func (r *associations) readEach(ctx context.Context, api *client.Client, zoneID string, known map[string]associationEntry, diags *diag.Diagnostics) (map[string]associationEntry, map[string]bool) {
	var mu sync.Mutex
	live, pending := make(map[string]associationEntry, len(known)), map[string]bool{}
	var group errgroup.Group
	group.SetLimit(maxReads)
	for key := range known {
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

// readZone reads all associations of a zone, for an import or a list, as readEach does.
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

// note enters a row of the API that exists under its key, and its hostname where it has not reached the edge.
func note(key string, row *client.Association, live map[string]associationEntry, pending map[string]bool) {
	if row.Gone() {
		return
	}
	live[key] = associationEntry{CertificateID: attribute.Text(row.CertificateID), Enabled: types.BoolPointerValue(row.Enabled)}
	if row.Status.Deploying() || row.Status == client.StatusDeploymentTimedOut {
		pending[attribute.CanonicalHostname(key)] = true
	}
}
