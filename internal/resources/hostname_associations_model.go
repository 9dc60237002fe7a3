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

	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/hostname"
)

// associationsModel is many associations of a zone in configuration, plan and state.
type associationsModel struct {
	ID           types.String   `tfsdk:"id"`
	ZoneID       types.String   `tfsdk:"zone_id"`
	Associations types.Map      `tfsdk:"associations"` // of associationEntry, by hostname
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

// entries returns the associations by hostname as configured; none where they are null or unknown.
func (m *associationsModel) entries(ctx context.Context, diags *diag.Diagnostics) map[string]associationEntry {
	out := map[string]associationEntry{}
	if !m.Associations.IsNull() && !m.Associations.IsUnknown() {
		diags.Append(m.Associations.ElementsAs(ctx, &out, false)...)
	}
	return out
}

func (m *associationsModel) setEntries(ctx context.Context, entries map[string]associationEntry, diags *diag.Diagnostics) {
	value, more := types.MapValueFrom(ctx, associationEntryType, entries)
	diags.Append(more...)
	m.Associations = value
}

// associationChange is one hostname to be written. key is the hostname as in the map; a void has no
// Enabled.
type associationChange struct {
	key string
	client.AssociationWrite
}

// associationChanges returns what has to be written to come from one set of associations to another, in
// the order of the hostnames: what is new or differs, and voids of what is no longer there. Hostnames
// that are in neither are not touched, and the case of their letters makes no difference.
func associationChanges(from, to map[string]associationEntry) []associationChange {
	old := canonicalEntries(from)
	var changes []associationChange
	for key, entry := range to {
		name := hostname.Canonical(key)
		former, there := old[name]
		delete(old, name)
		if there && former.CertificateID.Equal(entry.CertificateID) && former.Enabled.Equal(entry.Enabled) {
			continue
		}
		changes = append(changes, associationChange{key, client.AssociationWrite{
			Hostname: name, CertificateID: entry.CertificateID.ValueString(), Enabled: entry.Enabled.ValueBoolPointer(),
		}})
	}
	for name, former := range old {
		changes = append(changes, associationChange{name, client.AssociationWrite{
			Hostname: name, CertificateID: former.CertificateID.ValueString(),
		}})
	}
	slices.SortFunc(changes, func(a, b associationChange) int { return strings.Compare(a.Hostname, b.Hostname) })
	return changes
}

func canonicalEntries(entries map[string]associationEntry) map[string]associationEntry {
	out := make(map[string]associationEntry, len(entries))
	for key, entry := range entries {
		out[hostname.Canonical(key)] = entry
	}
	return out
}

// achieved returns the associations that hold after changes of which some failed: a failed change leaves
// what was there before.
func achieved(from, to map[string]associationEntry, changes []associationChange, failed map[string]error) map[string]associationEntry {
	out := maps.Clone(to)
	old := canonicalEntries(from)
	for _, change := range changes {
		err := failed[change.Hostname]
		if err == nil {
			continue
		}
		former, there := old[change.Hostname]
		switch {
		case there:
			out[change.key] = former
		case isRefusal(err):
			delete(out, change.key)
		default:
			// Whether it was made is not known, so it is kept, and the next read tells.
		}
	}
	return out
}
