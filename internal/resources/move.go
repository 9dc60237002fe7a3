package resources

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
)

// The types of the official provider that can be moved to this provider. Version 4 has the first two and uses them for all levels.
// Version 5 has all of them, one for each kind of object.
const (
	cloudflareAssociation         = "cloudflare_authenticated_origin_pulls"
	cloudflareCertificate         = "cloudflare_authenticated_origin_pulls_certificate"
	cloudflareHostnameCertificate = "cloudflare_authenticated_origin_pulls_hostname_certificate"
	cloudflareSetting             = "cloudflare_authenticated_origin_pulls_settings"
)

// cloudflareVersions are the schema versions of those types: 0 in version 4 and in early releases of version 5, and 1 and 500 in later
// releases. The structure of a state shows whether version 4 or 5 has written it.
var cloudflareVersions = []int64{0, 1, 500}

// cloudflareState contains the state of any of these types. It has no field for the private key, so the key is never
// copied from the raw state.
type cloudflareState struct {
	ID            string `json:"id"`
	ZoneID        string `json:"zone_id"`
	Enabled       *bool  `json:"enabled"`
	Certificate   string `json:"certificate"`
	CertificateID string `json:"certificate_id"` // version 5
	Type          string `json:"type"`           // version 4: "per-zone", "per-hostname"
	Status        string `json:"status"`
	Issuer        string `json:"issuer"`
	Signature     string `json:"signature"`
	SerialNumber  string `json:"serial_number"`
	ExpiresOn     string `json:"expires_on"`
	UploadedOn    string `json:"uploaded_on"`

	Hostname   string `json:"hostname"`
	V4CertID   string `json:"authenticated_origin_pulls_certificate"` // version 4
	CertID     string `json:"cert_id"`                                // version 5, like the following fields
	CertStatus string `json:"cert_status"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
	Config     []struct {
		Hostname string `json:"hostname"`
		CertID   string `json:"cert_id"`
		Enabled  *bool  `json:"enabled"`
	} `json:"config"`

	members map[string]json.RawMessage // all attributes of the state
	version int64
}

func (s *cloudflareState) has(member string) bool {
	_, there := s.members[member]
	return there
}

// move is the move of one state from the official provider to a resource of this one.
type move struct {
	noun   string // of the target
	target string // the target's type
	req    resource.MoveStateRequest
	diags  *diag.Diagnostics
}

// from reads the state if its type is one that the target accepts. No text of the state may appear in a diagnostic,
// because the state contains the private key.
func (m *move) from(types ...string) *cloudflareState {
	if !m.fromOfficial() {
		m.refuse("Only resources of the official provider cloudflare/cloudflare can be moved here.")
		return nil
	}
	if !slices.Contains(types, m.req.SourceTypeName) {
		m.refuse("An " + m.target + " accepts states of these types: " + strings.Join(types, ", ") + ".")
		return nil
	}
	if !slices.Contains(cloudflareVersions, m.req.SourceSchemaVersion) {
		m.refuse("This provider does not know the state's schema version. The state may come from a release of the official provider that is newer than this provider.")
		return nil
	}
	state := &cloudflareState{version: m.req.SourceSchemaVersion}
	raw := m.req.SourceRawState.JSON
	if json.Unmarshal(raw, state) != nil || json.Unmarshal(raw, &state.members) != nil {
		m.refuse("The state does not have the structure that the official provider writes.")
		return nil
	}
	if !attribute.IsZoneID(state.ZoneID) {
		m.refuse("The state does not say which zone this is: its zone_id is not 32 hexadecimal digits.")
		return nil
	}
	return state
}

// fromOfficial reports whether the state is one of the official provider. OpenTofu (seen with 1.12.6) moves the instances of a
// resource with for_each or count at the same time, and names this provider as the source of those that come after the first one,
// because its state has one provider for all instances of a resource. No resource of this provider has a type cloudflare_….
func (m *move) fromOfficial() bool {
	source := m.req.SourceProviderAddress
	if strings.HasSuffix(source, "/origintls/origintls") {
		return strings.HasPrefix(m.req.SourceTypeName, "cloudflare_")
	}
	return source == "cloudflare" || source == "cloudflare/cloudflare" || strings.HasSuffix(source, "/cloudflare/cloudflare")
}

// refuse adds an error that says why a state is not moved, and what to do instead.
func (m *move) refuse(why string) {
	m.diags.AddError("Unable to move "+m.noun, fmt.Sprintf("Object: %s of provider %s, schema version %d, to %s.\n\n%s\n\n"+
		"Nothing was changed. What to do: change the moved block if it names the wrong resource. Otherwise, import the object without the former state: "+
		"use a removed block with lifecycle { destroy = false } for the former resource, and an import block for this one.",
		m.req.SourceTypeName, m.req.SourceProviderAddress, m.req.SourceSchemaVersion, m.target, why))
}

// use is the purpose of a cloudflare_authenticated_origin_pulls of version 4.
type use string

const (
	useHostname use = "per-hostname"
	useZone     use = "per-zone"
	useGlobal   use = "global"
)

// v4Use finds out the purpose of version 4's type in the same way as version 4 does. The resource's id does not show
// it, because the id may be that of a former purpose.
func (s *cloudflareState) v4Use() use {
	switch {
	case s.V4CertID == "":
		return useGlobal
	case s.Hostname == "":
		return useZone
	default:
		return useHostname
	}
}

// isV4Association reports whether version 4 has written the state of an association. ok is false if neither version 4
// nor version 5 has.
func (s *cloudflareState) isV4Association() (v4, ok bool) {
	v4 = s.has("authenticated_origin_pulls_certificate")
	return v4, v4 != s.has("config") && (!v4 || s.version == 0)
}

// refuseGlobal adds an error for the third purpose of version 4's type.
func (m *move) refuseGlobal(s *cloudflareState) {
	why := "This resource of version 4 switches *global* authenticated origin pulls, which is a different feature: the zone setting tls_client_auth, " +
		"with a certificate that Cloudflare shares between its customers. This provider does not manage it."
	if s.Hostname != "" {
		why = fmt.Sprintf("The resource names the hostname %s but no certificate. Version 4 ignored the hostname silently and switched *global* "+
			"authenticated origin pulls, the zone setting tls_client_auth, which this provider does not manage.", s.Hostname)
	}
	m.refuse(why + " Manage it with cloudflare_zone_setting of version 5 (setting_id = \"tls_client_auth\"), or leave it as it is.")
}
