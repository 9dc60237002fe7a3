// Package datasources contains the provider's data sources, one file for each noun.
package datasources

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// base is embedded by every data source that needs the client.
type base struct {
	data *attribute.ProviderData
}

// Configure implements datasource.DataSourceWithConfigure.
func (b *base) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	b.data = attribute.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func zoneIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the zone, 32 hexadecimal digits.",
		Required:            true,
		Validators:          []validator.String{attribute.ZoneID()},
	}
}

// computed returns computed attributes with the given descriptions.
func computed(descriptions map[string]string) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, text := range descriptions {
		attributes[name] = schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	return attributes
}

func statusFilter(nouns string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Only the " + nouns + " with this status, such as `active` or `deployment_timed_out`. " +
			"By default, all except those that are deleted or being deleted.",
		Optional: true,
	}
}

func expiryFilter(text string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: text + " before this time, RFC 3339, such as `timeadd(plantimestamp(), \"720h\")`.",
		Optional:            true,
		Validators:          []validator.String{attribute.Time()},
	}
}

// filter contains the arguments that the plural data sources share.
type filter struct {
	Status        types.String `tfsdk:"status"`
	ExpiresBefore types.String `tfsdk:"expires_before"`
}

// admits reports whether the filter selects an object with this status and this expiry, in RFC 3339. If the expiry
// is not known, the object does not count as expiring before any time.
func (f *filter) admits(status client.Status, expiresOn string) bool {
	if f.Status.IsNull() && status.Gone() || !f.Status.IsNull() && string(status) != f.Status.ValueString() {
		return false
	}
	if f.ExpiresBefore.IsNull() {
		return true
	}
	end, err := time.Parse(time.RFC3339, expiresOn)
	limit, limitErr := time.Parse(time.RFC3339, f.ExpiresBefore.ValueString())
	return err == nil && limitErr == nil && end.Before(limit)
}
