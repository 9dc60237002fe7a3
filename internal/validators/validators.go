// Package validators refuses attributes that cannot be what they should be, in resources and data sources.
package validators

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/origintls/terraform-provider-origintls/internal/hostname"
)

var (
	zoneID = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

	// A certificate id is documented with 32 characters and seen with 36 (api-behaviour.md section 4), so
	// only what could never be a path element is refused.
	certificateID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
)

// IsZoneID reports whether s can be the id of a zone.
func IsZoneID(s string) bool { return zoneID.MatchString(s) }

// IsCertificateID reports whether s can be the id of a certificate.
func IsCertificateID(s string) bool { return certificateID.MatchString(s) }

// ZoneID refuses what cannot be the id of a zone.
func ZoneID() validator.String {
	return stringvalidator.RegexMatches(zoneID,
		"must be a zone id: 32 hexadecimal digits, as on the zone's overview page in the Cloudflare dashboard")
}

// CertificateID refuses what cannot be the id of a certificate.
func CertificateID() validator.String {
	return stringvalidator.RegexMatches(certificateID, "must be the id of a certificate")
}

// Hostname refuses what is no hostname.
func Hostname() validator.String { return hostnameValidator{} }

type hostnameValidator struct{}

var _ validator.String = hostnameValidator{}

func (hostnameValidator) Description(context.Context) string {
	return "must be a full hostname such as api.example.com"
}

func (v hostnameValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (hostnameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := hostname.Check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid hostname",
			"The value "+strconv.Quote(req.ConfigValue.ValueString())+" is not a hostname: "+err.Error()+".")
	}
}

// Time refuses what is no time in RFC 3339.
func Time() validator.String { return timeValidator{} }

type timeValidator struct{}

var _ validator.String = timeValidator{}

func (timeValidator) Description(context.Context) string {
	return "must be a time in RFC 3339, such as 2027-01-31T00:00:00Z"
}

func (v timeValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (timeValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := time.Parse(time.RFC3339, req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid time",
			"The value "+strconv.Quote(req.ConfigValue.ValueString())+" is not a time in RFC 3339, such as 2027-01-31T00:00:00Z.")
	}
}
