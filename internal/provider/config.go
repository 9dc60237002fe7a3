package provider

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// defaultExpiryWarningDays is long enough for a renewal in which several people are involved.
const defaultExpiryWarningDays = 30

// config is the provider block.
type config struct {
	APIToken          types.String `tfsdk:"api_token"`
	APIKey            types.String `tfsdk:"api_key"`
	Email             types.String `tfsdk:"email"`
	BaseURL           types.String `tfsdk:"base_url"`
	ExpiryWarningDays types.Int64  `tfsdk:"expiry_warning_days"`
	MaxRetries        types.Int64  `tfsdk:"max_retries"`
	RequestBudget     types.Int64  `tfsdk:"request_budget"`
}

// known reports whether the whole configuration is known. During a plan, for example, another resource may still have
// to create the token.
func (c *config) known() bool {
	return !c.APIToken.IsUnknown() && !c.APIKey.IsUnknown() && !c.Email.IsUnknown() && !c.BaseURL.IsUnknown() &&
		!c.ExpiryWarningDays.IsUnknown() && !c.MaxRetries.IsUnknown() && !c.RequestBudget.IsUnknown()
}

// Configure implements provider.Provider. It sends no request.
func (p *originTLS) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var c config
	resp.Diagnostics.Append(req.Config.Get(ctx, &c)...)
	if resp.Diagnostics.HasError() {
		return
	}
	data := &attribute.ProviderData{
		ExpiryWarning: time.Duration(orDefault(c.ExpiryWarningDays, defaultExpiryWarningDays)) * 24 * time.Hour,
		Clock:         p.clock,
	}
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData = data, data, data
	if !c.known() {
		tflog.Info(ctx, "The provider's configuration is not known yet, so this plan sends no requests")
		if req.ClientCapabilities.DeferralAllowed {
			// The CLI plans everything else now, and plans what depends on this provider later.
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
		return
	}
	options := client.Options{
		UserAgent:     userAgent(p.version, req.TerraformVersion),
		MaxRetries:    int(orDefault(c.MaxRetries, client.DefaultMaxRetries)),
		RequestBudget: int(orDefault(c.RequestBudget, client.DefaultRequestBudget)),
		BaseURL:       fromEnv(c.BaseURL, "CLOUDFLARE_BASE_URL"),
		Log:           logToTerraform,
	}
	c.credentials(&options, &resp.Diagnostics)
	if options.BaseURL != "" {
		if _, err := client.ParseBaseURL(options.BaseURL); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("base_url"), "Invalid base URL",
				"The value of base_url, or of the environment variable CLOUDFLARE_BASE_URL, cannot be used: "+err.Error()+".")
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	p.tune(&options)
	api, err := client.New(options)
	if err != nil {
		resp.Diagnostics.AddError("Unable to configure provider", err.Error())
		return
	}
	data.Client = api
}

// credentials chooses between a token and a key with its email. Arguments in the provider block take precedence over
// the environment, so that a token that happens to be in the environment does not replace the block's key.
func (c *config) credentials(o *client.Options, diags *diag.Diagnostics) {
	switch {
	case value(c.APIToken) != "" && value(c.APIKey) != "":
		diags.AddAttributeError(path.Root("api_key"), "Conflicting credentials",
			"api_token and api_key are both set. Set one of them: api_token, or api_key with email.")
		return
	case value(c.APIToken) != "" || value(c.APIKey) == "" && value(c.Email) == "" && os.Getenv("CLOUDFLARE_API_TOKEN") != "":
		o.Token = fromEnv(c.APIToken, "CLOUDFLARE_API_TOKEN")
	default:
		o.Key = fromEnv(c.APIKey, "CLOUDFLARE_API_KEY")
		o.Email = fromEnv(c.Email, "CLOUDFLARE_EMAIL")
		// If the block has only an email and the environment has a token, use the token, which needs no email.
		if o.Key == "" && os.Getenv("CLOUDFLARE_API_TOKEN") != "" {
			o.Token, o.Email = fromEnv(c.APIToken, "CLOUDFLARE_API_TOKEN"), ""
		}
	}
	checkCredentials(o, diags)
}

// checkCredentials adds an error if the credentials are missing or incomplete, or contain characters that a header
// cannot contain.
func checkCredentials(o *client.Options, diags *diag.Diagnostics) {
	switch {
	case o.Token == "" && o.Key == "" && o.Email == "":
		diags.AddAttributeError(path.Root("api_token"), "Missing credentials",
			"No credentials were found. Set api_token (or the environment variable CLOUDFLARE_API_TOKEN), "+
				"or api_key and email (CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL).")
	case o.Key != "" && o.Email == "":
		diags.AddAttributeError(path.Root("email"), "Missing email",
			"An API key is set without the email of its account. Set email (or CLOUDFLARE_EMAIL), or use an API token instead.")
	case o.Email != "" && o.Key == "":
		diags.AddAttributeError(path.Root("api_key"), "Missing API key",
			"An email is set without its API key. Set api_key (or CLOUDFLARE_API_KEY), or use an API token instead.")
	}
	for attribute, secret := range map[string]string{"api_token": o.Token, "api_key": o.Key, "email": o.Email} {
		if strings.ContainsFunc(secret, notHeaderSafe) {
			diags.AddAttributeError(path.Root(attribute), "Invalid credentials",
				"The value of "+attribute+", or of its environment variable, contains white space or characters that no credential has. "+
					"It may have been copied incompletely or pasted incorrectly.")
		}
	}
}

func notHeaderSafe(r rune) bool {
	return r > unicode.MaxASCII || !unicode.IsGraphic(r) || unicode.IsSpace(r)
}

// fromEnv returns an attribute, or the environment variable if the attribute is not set or empty. A Terraform
// variable with an empty default makes an attribute empty. White space at the ends is removed, because file() returns
// the line end of a file.
func fromEnv(attribute types.String, variable string) string {
	if v := value(attribute); v != "" {
		return v
	}
	return strings.TrimSpace(os.Getenv(variable))
}

func value(s types.String) string { return strings.TrimSpace(s.ValueString()) }

func orDefault(v types.Int64, def int64) int64 {
	if v.IsNull() {
		return def
	}
	return v.ValueInt64()
}

// userAgent returns the user agent: the provider, Terraform, and the value of TF_APPEND_USER_AGENT.
func userAgent(version, terraformVersion string) string {
	ua := "terraform-provider-origintls/" + version
	if terraformVersion != "" {
		ua += " Terraform/" + terraformVersion
	}
	if add := strings.TrimSpace(os.Getenv("TF_APPEND_USER_AGENT")); add != "" {
		ua += " " + add
	}
	return ua
}

func logToTerraform(ctx context.Context, level slog.Level, msg string, fields map[string]any) {
	switch {
	case level >= slog.LevelWarn:
		tflog.Warn(ctx, msg, fields)
	case level >= slog.LevelInfo:
		tflog.Info(ctx, msg, fields)
	default:
		tflog.Debug(ctx, msg, fields)
	}
}
