package provider_test

import "github.com/hashicorp/terraform-plugin-go/tftypes"

// nullOf returns an object whose attributes are all null.
func nullOf(typ tftypes.Type) tftypes.Value {
	object, ok := typ.(tftypes.Object)
	if !ok {
		return tftypes.NewValue(typ, nil)
	}
	values := map[string]tftypes.Value{}
	for name, t := range object.AttributeTypes {
		values[name] = tftypes.NewValue(t, nil)
	}
	return tftypes.NewValue(object, values)
}
