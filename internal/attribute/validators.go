package attribute

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/origintls/terraform-provider-origintls/internal/originprobe"
)

var (
	zoneID = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

	// Certificate ids are documented with 32 characters, but were observed with 36 (api-behaviour.md section 4). So this
	// rejects only text that could never be a path element.
	certificateID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
)

// IsZoneID reports whether s can be the id of a zone.
func IsZoneID(s string) bool { return zoneID.MatchString(s) }

// IsCertificateID reports whether s can be the id of a certificate.
func IsCertificateID(s string) bool { return certificateID.MatchString(s) }

// ZoneID rejects text that cannot be the id of a zone.
func ZoneID() validator.String {
	return stringvalidator.RegexMatches(zoneID,
		"must be a zone id: 32 hexadecimal digits, as on the zone's overview page in the Cloudflare dashboard")
}

// CertificateID rejects text that cannot be the id of a certificate.
func CertificateID() validator.String {
	return stringvalidator.RegexMatches(certificateID, "must be the id of a certificate")
}

// Hostname rejects text that is not a hostname.
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
	if err := CheckHostname(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid hostname",
			"The value "+strconv.Quote(req.ConfigValue.ValueString())+" is not a hostname: "+err.Error()+".")
	}
}

// ServerName rejects text that is not a hostname for SNI, such as a wildcard.
func ServerName() validator.String {
	return checked{"must be a full hostname such as www.example.com", "Invalid hostname", "a hostname", func(s string) error {
		if strings.HasPrefix(s, "*") {
			return errors.New("it is a wildcard; give one of the hostnames that it matches")
		}
		return CheckHostname(s)
	}}
}

// OriginAddress rejects text that is not the address of an origin.
func OriginAddress() validator.String {
	return checked{"must be a host or an IP address, with or without a port", "Invalid address", "the address of an origin", func(s string) error {
		_, err := originprobe.ParseAddress(s)
		return err
	}}
}

// RequestPath rejects text that is not the path of a request.
func RequestPath() validator.String {
	return checked{"must be a path such as /health", "Invalid path", "a path", originprobe.CheckPath}
}

// maxOriginTimeout is the longest time that a plan may wait for one origin.
const maxOriginTimeout = 10 * time.Minute

// Timeout rejects text that is not a valid timeout for an origin.
func Timeout() validator.String {
	return checked{"must be a duration such as 10s, up to 10m", "Invalid timeout", "a timeout", func(s string) error {
		switch d, err := time.ParseDuration(s); {
		case err != nil:
			return errors.New("a duration such as 500ms, 10s or 1m is expected")
		case d <= 0 || d > maxOriginTimeout:
			return errors.New("it has to be more than 0 and at most 10m")
		}
		return nil
	}}
}

// checked rejects a value for which a function returns an error.
type checked struct {
	description, summary, noun string
	check                      func(string) error
}

var _ validator.String = checked{}

func (v checked) Description(context.Context) string { return v.description }

func (v checked) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v checked) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, v.summary,
			"The value "+strconv.Quote(req.ConfigValue.ValueString())+" is not "+v.noun+": "+err.Error()+".")
	}
}

// Time rejects text that is not a time in RFC 3339.
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
