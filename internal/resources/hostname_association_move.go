package resources

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var _ resource.ResourceWithMoveState = &association{}

// MoveState implements resource.ResourceWithMoveState. It moves an association from the official provider.
func (r *association) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		m := &move{noun: "hostname association", target: "origintls_hostname_association", req: req, diags: &resp.Diagnostics}
		s := m.from(cloudflareAssociation)
		if s == nil {
			return
		}
		row := m.association(s)
		if row == nil {
			return
		}
		model := &associationModel{
			ZoneID: types.StringValue(s.ZoneID), Hostname: types.StringValue(row.Hostname),
			CertificateID: types.StringValue(row.CertificateID), Enabled: types.BoolPointerValue(row.Enabled),
			Timeouts: noTimeouts("create", "read", "update", "delete"),
		}
		model.fromAPI(row)
		save(ctx, &resp.TargetState, resp.TargetIdentity, model, &resp.Diagnostics)
	}}}
}

// association reads the association from a state. If that is not possible, it adds an error and returns nil.
func (m *move) association(s *cloudflareState) *client.Association {
	row := &client.Association{Hostname: s.Hostname, CertificateID: s.CertID, Enabled: s.Enabled}
	v4, ok := s.isV4Association()
	switch {
	case !ok:
		m.refuse("The state has neither the structure of version 4 nor that of version 5 of the official provider.")
		return nil
	case v4 && s.v4Use() == useGlobal:
		m.refuseGlobal(s)
		return nil
	case v4 && s.v4Use() == useZone:
		m.refuse("This resource of version 4 has no hostname, so it is the zone-level switch, which moves to an origintls_zone_setting.")
		return nil
	case v4:
		row.CertificateID = s.V4CertID
	case !m.v5Association(s, row):
		return nil
	}
	switch {
	case attribute.CheckHostname(row.Hostname) != nil:
		m.refuse("The state does not say which hostname this association is for.")
	case !attribute.IsCertificateID(row.CertificateID):
		m.refuse("The state does not say which certificate the hostname " + row.Hostname + " uses.")
	case row.Enabled == nil:
		m.refuse("The state does not say whether the association of " + row.Hostname + " is enabled: the association is void, or was never read back.")
	default:
		return row
	}
	return nil
}

// v5Association completes the row from version 5's list of one. Values that were read back from Cloudflare take
// precedence over configured ones.
func (m *move) v5Association(s *cloudflareState, row *client.Association) bool {
	row.Status, row.CertificateStatus, row.ExpiresOn = client.Status(s.Status), client.Status(s.CertStatus), s.ExpiresOn
	row.CreatedAt, row.UpdatedAt = s.CreatedAt, s.UpdatedAt
	if len(s.Config) > 1 {
		m.refuse(fmt.Sprintf("The state contains %d associations, but an origintls_hostname_association is only one. "+
			"An origintls_hostname_associations contains many, and its import finds all of a zone.", len(s.Config)))
		return false
	}
	for _, configured := range s.Config {
		if row.Hostname == "" {
			row.Hostname = configured.Hostname
		}
		if configured.Hostname != "" && !strings.EqualFold(configured.Hostname, row.Hostname) {
			m.refuse(fmt.Sprintf("The state names two hostnames: %s was configured, and %s was read back.", configured.Hostname, row.Hostname))
			return false
		}
		if row.CertificateID == "" {
			row.CertificateID = configured.CertID
		}
		if row.Enabled == nil {
			row.Enabled = configured.Enabled
		}
	}
	return true
}
