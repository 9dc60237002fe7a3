// Command schemajson prints the provider's schemas in the form of
// `terraform providers schema -json`, for the docs generator.
//
// It reads them from the provider's own code, so that the pages have everything
// that the provider has, whatever CLI is installed: Terraform below 1.12 prints no
// identities, Terraform below 1.14 no list resources, and OpenTofu prints a
// different selection.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/provider"
)

// name is the key under which tfplugindocs searches for the provider.
const name = "origintls"

func main() {
	server := providerserver.NewProtocol6(provider.New("docs")())()
	if err := run(context.Background(), server); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server tfprotov6.ProviderServer) error {
	document, err := export(ctx, server)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

// export combines two answers of the plugin protocol into the schemas.
func export(ctx context.Context, server tfprotov6.ProviderServer) (object, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(schemas.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return object{
		"format_version": "1.0",
		"provider_schemas": object{name: object{
			"provider":                   schema(schemas.Provider),
			"resource_schemas":           each(schemas.ResourceSchemas, schema),
			"data_source_schemas":        each(schemas.DataSourceSchemas, schema),
			"ephemeral_resource_schemas": each(schemas.EphemeralResourceSchemas, schema),
			"list_resource_schemas":      each(schemas.ListResourceSchemas, schema),
			"functions":                  each(schemas.Functions, function),
			"resource_identity_schemas":  each(identities.IdentitySchemas, identity),
		}},
	}, nil
}
