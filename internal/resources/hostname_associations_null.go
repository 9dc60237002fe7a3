package resources

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// noneIsNull reports whether no element of associations is null, and says for each that is how to leave it out. They
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
			fmt.Sprintf("The value for the hostname %q is null, and null does not leave the hostname out. Leave it out with the if of a for expression:\n\n"+
				"associations = { for hostname, association in local.associations : hostname => association if association != null }", key))
	}
	return ok
}
