package resources

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// found is an object that a list resource has found.
type found struct {
	name  string // display name
	model identified
}

// inZone returns the configuration schema of a list resource, which is always the zone.
func inZone(text string) listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: text,
		Attributes: map[string]listschema.Attribute{
			"zone_id": listschema.StringAttribute{
				MarkdownDescription: "Id of the zone to search, 32 hexadecimal digits.",
				Required:            true,
				Validators:          []validator.String{attribute.ZoneID()},
			},
		},
	}
}

// search finds the objects of a zone, or adds an error.
type search func(ctx context.Context, api *client.Client, zoneID string, diags *diag.Diagnostics) []found

// listZone lists the objects of the configured zone. It returns at most as many as Terraform asks for, and includes
// the resource only if Terraform asks for it.
func (b *base) listZone(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream, find search) {
	var zoneID types.String
	var diags diag.Diagnostics
	diags.Append(req.Config.GetAttribute(ctx, path.Root("zone_id"), &zoneID)...)
	api := b.data.MustAPI(&diags)
	var objects []found
	if !diags.HasError() {
		ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
		defer cancel()
		objects = find(ctx, api, zoneID.ValueString(), &diags)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 {
		objects = objects[:min(int64(len(objects)), req.Limit)]
	}
	stream.Results = results(ctx, req, objects)
}

func results(ctx context.Context, req list.ListRequest, objects []found) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		for _, object := range objects {
			result := req.NewListResult(ctx)
			result.DisplayName = object.name
			identify(ctx, result.Identity, object.model, &result.Diagnostics)
			if req.IncludeResource {
				result.Diagnostics.Append(result.Resource.Set(ctx, object.model)...)
			}
			if !push(result) {
				return
			}
		}
	}
}
