package resources

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// noneIsNull reports whether no element of associations is null, and adds an error for each that is. Null elements
// come from expressions such as `condition ? {...} : null`.
func noneIsNull(associations types.Map, diags *diag.Diagnostics) bool {
	elements := associations.Elements()
	ok := true
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		if !elements[key].IsNull() {
			continue
		}
		ok = false
		diags.AddAttributeError(path.Root("associations").AtMapKey(key), "Missing association",
			fmt.Sprintf("The value for the hostname %q is null, but null does not leave the hostname out. To leave it out, use a for expression with if:\n\n"+
				"associations = { for hostname, association in local.associations : hostname => association if association != null }", key))
	}
	return ok
}
