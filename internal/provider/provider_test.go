package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The framework validates all schemas when it returns them: names, defaults, and conflicts between flags. It does not require
// descriptions, so this test does.
func TestSchemasAreValidAndDescribed(t *testing.T) {
	server, err := acctest.New(t).Factories()["origintls"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range schemas.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	if len(schemas.ResourceSchemas) < 4 {
		t.Errorf("there are only %d resources", len(schemas.ResourceSchemas))
	}
	if len(schemas.DataSourceSchemas) < 8 || len(schemas.ListResourceSchemas) != len(schemas.ResourceSchemas) {
		t.Errorf("%d data sources, %d list resources", len(schemas.DataSourceSchemas), len(schemas.ListResourceSchemas))
	}
	described(t, "provider", schemas.Provider.Block)
	for name, s := range schemas.DataSourceSchemas {
		if s.Block.Description == "" {
			t.Errorf("data source %s has no description", name)
		}
		described(t, "data."+name, s.Block)
	}
	for name, s := range schemas.ListResourceSchemas {
		if s.Block.Description == "" {
			t.Errorf("list resource %s has no description", name)
		}
		described(t, "list."+name, s.Block)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name := range schemas.ResourceSchemas {
		if identities.IdentitySchemas[name] == nil {
			t.Errorf("%s has no identity", name)
			continue
		}
		for _, a := range identities.IdentitySchemas[name].IdentityAttributes {
			if a.Description == "" {
				t.Errorf("identity of %s: %s has no description", name, a.Name)
			}
		}
	}
	for name, s := range schemas.ResourceSchemas {
		if s.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		described(t, name, s.Block)
		validated, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: nullConfig(t, s)})
		if err != nil || validated == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func described(t *testing.T, where string, block *tfprotov6.SchemaBlock) {
	t.Helper()
	allDescribed(t, where, block.Attributes)
	for _, b := range block.BlockTypes {
		described(t, where+"."+b.TypeName, b.Block)
	}
}

func allDescribed(t *testing.T, where string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, a := range attributes {
		if a.Description == "" {
			t.Errorf("%s.%s has no description", where, a.Name)
		}
		if a.NestedType != nil {
			allDescribed(t, where+"."+a.Name, a.NestedType.Attributes)
		}
	}
}

func nullConfig(t *testing.T, s *tfprotov6.Schema) *tfprotov6.DynamicValue {
	t.Helper()
	v, err := tfprotov6.NewDynamicValue(s.ValueType(), nullOf(s.ValueType()))
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

const settingHCL = "resource \"origintls_zone_setting\" \"this\" {\n zone_id = \"" + acctest.Zone + "\"\n enabled = true\n}\n"

func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_BASE_URL"} {
		t.Setenv(name, "")
	}
}

func TestAccBadConfigurationIsRefusedAtPlan(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		env    map[string]string
		says   []string
	}{
		"no credentials": {``, nil, []string{"Missing credentials", "No credentials were found. Set api_token (or the environment variable CLOUDFLARE_API_TOKEN)"}},
		"a key without its email": {
			`api_key = "0123456789abcdef"`, nil,
			[]string{"Missing email", "An API key is set without the email of its account."},
		},
		"an email without its key": {`email = "a@example.com"`, nil, []string{"Missing API key", "An email is set without its API key."}},
		"a key in the environment without its email": {
			``,
			map[string]string{"CLOUDFLARE_API_KEY": "0123456789abcdef"},
			[]string{"Missing email", "Set email (or CLOUDFLARE_EMAIL)"},
		},
		"token and key": {
			"api_token = \"t\"\n api_key = \"k\"\n email = \"a@example.com\"", nil,
			[]string{"Conflicting credentials", "api_token and api_key are both set."},
		},
		"a token in two lines": {`api_token = "one\ntwo"`, nil, []string{"Invalid credentials", "The value of api_token, or of its environment variable, contains white space"}},
		"clear text": {
			"api_token = \"t\"\n base_url = \"http://192.0.2.1/client/v4\"", nil,
			[]string{"Invalid base URL", "The value of base_url, or of the environment variable CLOUDFLARE_BASE_URL, cannot be used: the base URL must be https"},
		},
		"a URL from the environment": {
			`api_token = "t"`,
			map[string]string{"CLOUDFLARE_BASE_URL": "api.cloudflare.com"},
			[]string{"Invalid base URL", "the base URL needs a scheme and a host"},
		},
		"days below zero":  {"api_token = \"t\"\n expiry_warning_days = -1", nil, []string{"Attribute expiry_warning_days value must be between 0 and 3650"}},
		"many retries":     {"api_token = \"t\"\n max_retries = 1000", nil, []string{"Attribute max_retries value must be between 0 and 100"}},
		"a budget below 0": {"api_token = \"t\"\n request_budget = -5", nil, []string{"Attribute request_budget value must be between 0 and"}},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			w := acctest.New(t)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: w.Factories(),
				Steps: []resource.TestStep{{
					Config: "provider \"origintls\" {\n " + c.config + "\n}\n" + settingHCL, PlanOnly: true, ExpectError: acctest.Says(c.says...),
				}},
			})
		})
	}
}

func TestAccCredentialsReachTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		env    map[string]string
		want   string
	}{
		"token":                         {`api_token = "attribute"`, nil, "attribute"},
		"token with a line end":         {`api_token = "attribute\n"`, nil, "attribute"},
		"token from the environment":    {``, map[string]string{"CLOUDFLARE_API_TOKEN": "environment"}, "environment"},
		"an empty token is none":        {`api_token = ""`, map[string]string{"CLOUDFLARE_API_TOKEN": "environment"}, "environment"},
		"the attribute beats it":        {`api_token = "attribute"`, map[string]string{"CLOUDFLARE_API_TOKEN": "environment"}, "attribute"},
		"key and email":                 {"api_key = \"k\"\n email = \"a@example.com\"", nil, "a@example.com:k"},
		"a key beats a token out there": {"api_key = \"k\"\n email = \"a@example.com\"", map[string]string{"CLOUDFLARE_API_TOKEN": "environment"}, "a@example.com:k"},
		"key and email from both":       {`api_key = "k"`, map[string]string{"CLOUDFLARE_EMAIL": "a@example.com"}, "a@example.com:k"},
		"both from the environment":     {``, map[string]string{"CLOUDFLARE_API_KEY": "k", "CLOUDFLARE_EMAIL": "a@example.com"}, "a@example.com:k"},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			w := acctest.New(t)
			w.OnlyCredential(c.want)
			t.Setenv("CLOUDFLARE_BASE_URL", w.URL)
			t.Setenv("TF_APPEND_USER_AGENT", "pipeline/7")
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: w.Factories(),
				Steps: []resource.TestStep{{
					Config: "provider \"origintls\" {\n " + c.config + "\n}\n" + settingHCL,
					Check: w.Check(func(w *acctest.World) error {
						ua := w.Sim.Requests()[0].UserAgent
						if !strings.HasPrefix(ua, "terraform-provider-origintls/test Terraform/") || !strings.HasSuffix(ua, " pipeline/7") {
							return fmt.Errorf("user agent %q", ua)
						}
						return nil
					}),
				}},
			})
		})
	}
}

// A token from another resource is unknown in the first plan. The plan sends no request and does not fail.
func TestAccUnknownConfigurationPlansWithoutARequest(t *testing.T) {
	w := acctest.New(t)
	pair := certtest.Leaf(t, "one")
	config := func(generation int) string {
		return fmt.Sprintf("resource \"terraform_data\" \"token\" {\n input = %q\n triggers_replace = %d\n}\n", acctest.Token, generation) +
			fmt.Sprintf("provider \"origintls\" {\n api_token = terraform_data.token.output\n base_url = %q\n}\n", w.URL) +
			acctest.Certificate("hostname", "c", pair) + acctest.Association("a", "api.example.com", "c") + settingHCL
	}
	none := func() {
		if err := acctest.NoRequest(w); err != nil {
			t.Error(err)
		}
	}
	w.Run(
		t,
		resource.TestStep{Config: config(1), PlanOnly: true, ExpectNonEmptyPlan: true},
		resource.TestStep{PreConfig: none, Config: config(1), Check: w.Check(acctest.EverythingActive)},
		resource.TestStep{PreConfig: w.Sim.ClearRequests, Config: config(2), PlanOnly: true, ExpectNonEmptyPlan: true},
		resource.TestStep{PreConfig: none, Config: config(2), Check: w.Check(acctest.EverythingActive)},
	)
}
