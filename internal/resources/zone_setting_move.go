package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ resource.ResourceWithMoveState = &setting{}

// MoveState implements resource.ResourceWithMoveState. It moves the setting from the official provider.
func (r *setting) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		m := &move{noun: "zone setting", target: "origintls_zone_setting", req: req, diags: &resp.Diagnostics}
		s := m.from(cloudflareSetting, cloudflareAssociation)
		if s == nil || req.SourceTypeName == cloudflareAssociation && !m.v4ZoneUse(s) {
			return
		}
		if s.Enabled == nil {
			m.refuse("The state does not say whether the setting is on.")
			return
		}
		model := &settingModel{
			ID: types.StringValue(s.ZoneID), ZoneID: types.StringValue(s.ZoneID), Enabled: types.BoolPointerValue(s.Enabled),
			Timeouts: noTimeouts("create", "read", "update", "delete"),
		}
		save(ctx, &resp.TargetState, resp.TargetIdentity, model, &resp.Diagnostics)
	}}}
}

// v4ZoneUse refuses the state of an association. It accepts the zone-level switch, for which version 4 used the same
// type.
func (m *move) v4ZoneUse(s *cloudflareState) bool {
	v4, ok := s.isV4Association()
	switch {
	case !ok:
		m.refuse("The state has neither the structure of version 4 nor that of version 5 of the official provider.")
	case !v4 || s.v4Use() == useHostname:
		m.refuse("This is the association of a hostname, which moves to an origintls_hostname_association.")
	case s.v4Use() == useGlobal:
		m.refuseGlobal(s)
	default:
		return true
	}
	return false
}
