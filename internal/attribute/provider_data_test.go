package attribute

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

func TestAnOperationWithoutAClientSaysWhy(t *testing.T) {
	var data *ProviderData
	var diags diag.Diagnostics
	if data.MustAPI(&diags) != nil || len(diags) != 1 {
		t.Fatalf("diagnostics %v", diags)
	}
	const detail = "The provider's configuration depends on values that are known only after an apply, so the provider cannot send anything to Cloudflare. " +
		"Apply the resources that these values come from first (-target), or pass the values as variables."
	if diags[0].Summary() != "Provider configuration is not known" || diags[0].Detail() != detail {
		t.Errorf("%s: %s", diags[0].Summary(), diags[0].Detail())
	}
}
