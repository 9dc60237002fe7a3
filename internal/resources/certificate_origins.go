package resources

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/originprobe"
)

// originsAtOnce is how many origins are checked at the same time.
const originsAtOnce = 8

// originModel is one origin of verify_origins.
type originModel struct {
	Address    types.String `tfsdk:"address"`
	ServerName types.String `tfsdk:"server_name"`
	Path       types.String `tfsdk:"path"`
	Timeout    types.String `tfsdk:"timeout"`
}

var originType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"address": types.StringType, "server_name": types.StringType, "path": types.StringType, "timeout": types.StringType,
}}

const nullOrigin = "An element of verify_origins is null. Remove it, or give the address of an origin. " +
	"To leave out null elements, use a for expression with if: [for origin in local.origins : origin if origin != null]."

// noOrigins is the value of verify_origins if it is not set.
func noOrigins() types.List { return types.ListNull(originType) }

// verifyOriginsAttribute is the schema of verify_origins. The argument is part of the state, because Terraform has no
// other way to plan an update for it: a write-only argument would cause no update, and CLIs before 1.11 would not
// accept it.
func verifyOriginsAttribute() schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: "Origins that have to accept the certificate **before** it is uploaded. The apply connects to each of them with the certificate and its key, " +
			"including those of write-only arguments. If one refuses them, or cannot be reached, the apply ends with an error before it changes anything at Cloudflare. " +
			"A plan connects to none of them. The machine that runs Terraform makes the connections, without a proxy. " +
			"Changing only this argument, or adding it after an import, is an update in place without a request.",
		Optional: true,
		NestedObject: schema.NestedAttributeObject{
			Validators: []validator.Object{originValidator{}},
			Attributes: map[string]schema.Attribute{
				"address": schema.StringAttribute{
					MarkdownDescription: "Needed for every origin: where it listens: " + attribute.OriginAddressDescription + ". If a name has several addresses, the check uses one.",
					Optional:            true, // needed, but see originValidator
					Validators:          []validator.String{attribute.OriginAddress()},
				},
				"server_name": schema.StringAttribute{
					MarkdownDescription: "The hostname that Cloudflare requests from this origin, such as `www.example.com`: the server name (SNI) and the `Host` header. " +
						"Required if `address` is an IP address; otherwise the default is the host in `address`.",
					Optional:   true,
					Validators: []validator.String{attribute.ServerName()},
				},
				"path": schema.StringAttribute{
					MarkdownDescription: attribute.OriginPathDescription, Optional: true, Validators: []validator.String{attribute.RequestPath()},
				},
				"timeout": schema.StringAttribute{
					MarkdownDescription: attribute.OriginTimeoutDescription, Optional: true, Validators: []validator.String{attribute.Timeout()},
				},
			},
		},
	}
}

// originValidator rejects an IP address without a server name, an element without an address, and an element that is
// null. The framework would reject a missing address itself if it was a required attribute, but then it would also reject
// an element that is not known yet, such as the value of a variable when Terraform validates.
type originValidator struct{}

var _ validator.Object = originValidator{}

func (originValidator) Description(context.Context) string {
	return "must name an origin: an address, and a server name if the address is an IP address"
}

func (v originValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (originValidator) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsUnknown() {
		return
	}
	address, _ := req.ConfigValue.Attributes()["address"].(types.String)
	serverName, _ := req.ConfigValue.Attributes()["server_name"].(types.String)
	at, err := originprobe.ParseAddress(address.ValueString())
	switch {
	case req.ConfigValue.IsNull():
		resp.Diagnostics.AddAttributeError(req.Path, "Missing address", nullOrigin)
	case address.IsNull():
		resp.Diagnostics.AddAttributeError(req.Path, "Missing address", "The origin has no address. Set it to where the origin listens, such as \"origin.example.com:443\".")
	case err == nil && at.IsIP() && serverName.IsNull():
		resp.Diagnostics.AddAttributeError(req.Path, "Missing server name",
			fmt.Sprintf("The address %q is an IP address, so set server_name to the hostname that Cloudflare requests from this origin.", address.ValueString()))
	}
}

// verifyOrigins checks whether the origins of verify_origins accept a certificate and key. It reports whether all of
// them do.
func verifyOrigins(ctx context.Context, configured types.List, bundle *certpem.Bundle, key *certpem.Key, diags *diag.Diagnostics) bool {
	var list []originModel
	diags.Append(configured.ElementsAs(ctx, &list, false)...)
	if diags.HasError() {
		return false
	}
	checks := make([]originCheck, len(list))
	var group errgroup.Group
	group.SetLimit(originsAtOnce)
	for i, o := range list {
		group.Go(func() error {
			checks[i] = checkOrigin(ctx, attribute.Origin(o).Target(), bundle, key)
			return nil
		})
	}
	_ = group.Wait()
	accepted := true
	for i := range checks {
		accepted = checks[i].report(bundle, diags) && accepted
	}
	return accepted
}

// originCheck is the result of checking one origin.
type originCheck struct {
	target  originprobe.Target
	result  originprobe.Result
	bare    originprobe.Result // the result without the intermediates, if hasBare
	hasBare bool
}

func checkOrigin(ctx context.Context, target originprobe.Target, bundle *certpem.Bundle, key *certpem.Key) originCheck {
	target.Pair = key.Pair(bundle)
	c := originCheck{target: target, result: attribute.ProbeOrigin(ctx, target)}
	// It is not known whether Cloudflare presents the certificates after the leaf (api-behaviour.md section 8), so check
	// without them as well.
	if c.result.Accepted && c.result.ClientAuth != originprobe.None && len(bundle.Chain) > 0 {
		target.Pair = key.Pair(&certpem.Bundle{Leaf: bundle.Leaf})
		c.bare, c.hasBare = attribute.ProbeOrigin(ctx, target), true
	}
	return c
}

// report adds the diagnostics for this origin, and reports whether the certificate may be uploaded. The diagnostics
// have no attribute path. With a path, the CLI prints lines of the configuration, and in JSON the same line may
// contain a key.
func (c *originCheck) report(bundle *certpem.Bundle, diags *diag.Diagnostics) bool {
	object := fmt.Sprintf("Object: origin %s, server name %s.\n\n", c.target.Address, cmp.Or(c.target.ServerName, c.target.Address.Host))
	switch r := c.result; {
	case !r.Reachable:
		diags.AddError("Unable to verify origin", object+r.Reason+" Nothing was sent to Cloudflare, and what the edge presents stays as it is.\n\n"+
			"What to do: let the machine that runs Terraform reach the origin, or raise its timeout, and run the same command again. If that machine cannot reach the origin, remove the origin from verify_origins "+
			"and make sure in another way that it trusts "+issuerOf(bundle)+".")
	case !r.Accepted:
		diags.AddError("Unable to verify origin", object+r.PairReason+" Nothing was sent to Cloudflare, and what the edge presents stays as it is.\n\n"+
			"What to do: add "+issuerOf(bundle)+" to the certificates that the origin trusts, in addition to those that it trusts now, and run the same command again."+announced(r)+c.shown())
	case r.ClientAuth == originprobe.None, r.AcceptsAny != nil && *r.AcceptsAny:
		diags.AddWarning("Origin verifies no client certificate", object+r.Reason+" So its answer does not say whether it trusts "+issuerOf(bundle)+
			", and it may serve clients that bypass Cloudflare. The certificate is uploaded nevertheless.")
	case c.hasBare && !c.bare.Accepted:
		diags.AddWarning("Origin needs the intermediates", object+"The origin accepts the certificate with its intermediates but not without them, "+
			"and it is not known whether Cloudflare presents the certificates after the leaf. Add the intermediates to the file of CAs that the origin trusts.")
	}
	return c.result.Accepted
}

// issuerOf names the certificate that an origin has to trust.
func issuerOf(bundle *certpem.Bundle) string {
	subject, issuer := bundle.Leaf.Subject.String(), bundle.Leaf.Issuer.String()
	if subject == issuer {
		return fmt.Sprintf("the certificate %q, which is self-signed,", subject)
	}
	return fmt.Sprintf("the CA %q, which has signed the certificate %q,", issuer, subject)
}

// announced names the CAs that an origin announces. It names only the first few, so that the text stays readable.
func announced(r originprobe.Result) string {
	names := r.IssuerNames()
	if len(names) == 0 {
		return ""
	}
	const most = 5
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return " The origin announces that it trusts: \"" + strings.Join(names, "\", \"") + "\"" + more + "."
}

// shown names the certificate that the origin itself presents, so that the user notices a wrong address. The origin must be reachable.
func (c *originCheck) shown() string {
	return fmt.Sprintf(" The origin's own certificate is %q.", c.result.Server.Subject.String())
}
