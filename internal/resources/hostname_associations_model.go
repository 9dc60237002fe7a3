package resources

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// associationsModel is the resource origintls_hostname_associations in configuration, plan and state.
type associationsModel struct {
	ID           types.String   `tfsdk:"id"`
	ZoneID       types.String   `tfsdk:"zone_id"`
	Associations types.Map      `tfsdk:"associations"` // of associationEntry, by hostname
	Pending      types.Set      `tfsdk:"pending"`      // the canonical hostnames of those that are pending
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// associationEntry is one of the associations.
type associationEntry struct {
	CertificateID types.String `tfsdk:"certificate_id"`
	Enabled       types.Bool   `tfsdk:"enabled"`
}

var associationEntryType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"certificate_id": types.StringType, "enabled": types.BoolType,
}}

// entries returns the associations by hostname as configured. There are none if the map is null or unknown.
func (m *associationsModel) entries(ctx context.Context, diags *diag.Diagnostics) map[string]associationEntry {
	out := map[string]associationEntry{}
	if isSet(m.Associations) {
		diags.Append(m.Associations.ElementsAs(ctx, &out, false)...)
	}
	return out
}

// hostnames returns the hostnames of the associations in lower case, whether or not anything else is known of them.
func (m *associationsModel) hostnames() map[string]bool {
	names := map[string]bool{}
	for key := range m.Associations.Elements() {
		names[attribute.CanonicalHostname(key)] = true
	}
	return names
}

func (m *associationsModel) setEntries(ctx context.Context, entries map[string]associationEntry, diags *diag.Diagnostics) {
	value, more := types.MapValueFrom(ctx, associationEntryType, entries)
	diags.Append(more...)
	m.Associations = value
}

// pending returns the hostnames, in lower case, whose associations had not reached the edge at the last read.
func (m *associationsModel) pending(ctx context.Context, diags *diag.Diagnostics) map[string]bool {
	var names []string
	if isSet(m.Pending) {
		diags.Append(m.Pending.ElementsAs(ctx, &names, false)...)
	}
	out := map[string]bool{}
	for _, name := range names {
		out[name] = true
	}
	return out
}

func (m *associationsModel) setPending(names map[string]bool) {
	values := make([]attr.Value, 0, len(names))
	for name := range names {
		values = append(values, types.StringValue(name))
	}
	m.Pending = types.SetValueMust(types.StringType, values)
}

// associationChange is one hostname to write. key is the hostname as spelled in the map. Enabled is nil for a void.
type associationChange struct {
	key string
	client.AssociationWrite
	before    client.Status // the status before the write, if it is known
	elsewhere bool          // the plan creates the hostname at another address, so a void has to wait for that
}

// associationChanges returns the changes that lead from one set of associations to another, sorted by hostname:
// writes for what is new, different or pending, and voids for what was removed. Hostnames that are in neither set
// stay as they are. The case of hostnames makes no difference.
func associationChanges(from, to map[string]associationEntry, pending map[string]bool) []associationChange {
	old := canonicalEntries(from)
	var changes []associationChange
	for key, entry := range to {
		name := attribute.CanonicalHostname(key)
		former, there := old[name]
		delete(old, name)
		if there && former.CertificateID.Equal(entry.CertificateID) && former.Enabled.Equal(entry.Enabled) && !pending[name] {
			continue
		}
		change := associationChange{key: key, AssociationWrite: client.AssociationWrite{
			Hostname: name, CertificateID: entry.CertificateID.ValueString(), Enabled: entry.Enabled.ValueBoolPointer(),
		}}
		if pending[name] {
			change.before = client.StatusDeploymentTimedOut // it may be; the wait must not take that for a failure of this write
		}
		changes = append(changes, change)
	}
	for name, former := range old {
		changes = append(changes, associationChange{key: name, AssociationWrite: client.AssociationWrite{
			Hostname: name, CertificateID: former.CertificateID.ValueString(),
		}})
	}
	slices.SortFunc(changes, func(a, b associationChange) int { return strings.Compare(a.Hostname, b.Hostname) })
	return changes
}

func canonicalEntries(entries map[string]associationEntry) map[string]associationEntry {
	out := make(map[string]associationEntry, len(entries))
	for key, entry := range entries {
		out[attribute.CanonicalHostname(key)] = entry
	}
	return out
}

// achieved returns the associations that exist after some of the changes have failed, and which of them are pending.
// If a change that failed was to replace an association, the former association is kept. If it was to create one, it
// is kept unless the API has refused the write, because the association may exist. The next read shows which is true.
func achieved(from, to map[string]associationEntry, changes []associationChange, failed map[string]error) (map[string]associationEntry, map[string]bool) {
	out, pending := maps.Clone(to), map[string]bool{}
	old := canonicalEntries(from)
	for _, change := range changes {
		err := failed[change.Hostname]
		if err == nil {
			continue
		}
		refused := isRefusal(err)
		former, there := old[change.Hostname]
		switch {
		case there:
			out[change.key] = former
		case refused:
			delete(out, change.key)
			continue
		}
		if change.Enabled != nil && (!refused || change.before != "") {
			pending[change.Hostname] = true
		}
	}
	return out, pending
}
