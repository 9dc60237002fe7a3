package main

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// object is a JSON object. It may contain types (tftypes.Type): they marshal to the form that the CLI prints.
type object map[string]any

// set adds a value unless it is empty, because the CLI omits empty values.
func (o object) set(key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case int64:
		if v == 0 {
			return
		}
	}
	o[key] = value
}

func each[T any](in map[string]*T, convert func(*T) object) object {
	out := object{}
	for key, value := range in {
		out[key] = convert(value)
	}
	return out
}

func schema(in *tfprotov6.Schema) object {
	return object{"version": in.Version, "block": block(in.Block)}
}

func block(in *tfprotov6.SchemaBlock) object {
	out := object{"description_kind": kind(in.DescriptionKind)}
	out.set("description", in.Description)
	out.set("deprecated", in.Deprecated)
	if len(in.Attributes) > 0 {
		out["attributes"] = attributes(in.Attributes)
	}
	if len(in.BlockTypes) > 0 {
		nested := object{}
		for _, b := range in.BlockTypes {
			item := object{"nesting_mode": strings.ToLower(b.Nesting.String()), "block": block(b.Block)}
			item.set("min_items", b.MinItems)
			item.set("max_items", b.MaxItems)
			nested[b.TypeName] = item
		}
		out["block_types"] = nested
	}
	return out
}

func attributes(in []*tfprotov6.SchemaAttribute) object {
	out := object{}
	for _, a := range in {
		item := object{"description_kind": kind(a.DescriptionKind)}
		if a.NestedType != nil {
			item["nested_type"] = object{
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
				"attributes":   attributes(a.NestedType.Attributes),
			}
		} else {
			item["type"] = a.Type
		}
		item.set("description", a.Description)
		item.set("required", a.Required)
		item.set("optional", a.Optional)
		item.set("computed", a.Computed)
		item.set("sensitive", a.Sensitive)
		item.set("write_only", a.WriteOnly)
		item.set("deprecated", a.Deprecated)
		out[a.Name] = item
	}
	return out
}

func identity(in *tfprotov6.ResourceIdentitySchema) object {
	items := object{}
	for _, a := range in.IdentityAttributes {
		item := object{"type": a.Type}
		item.set("description", a.Description)
		item.set("required_for_import", a.RequiredForImport)
		item.set("optional_for_import", a.OptionalForImport)
		items[a.Name] = item
	}
	return object{"version": in.Version, "attributes": items}
}

func function(in *tfprotov6.Function) object {
	out := object{"return_type": in.Return.Type}
	out.set("description", in.Description)
	out.set("summary", in.Summary)
	out.set("deprecation_message", in.DeprecationMessage)
	if len(in.Parameters) > 0 {
		items := make([]object, 0, len(in.Parameters))
		for _, p := range in.Parameters {
			items = append(items, parameter(p))
		}
		out["parameters"] = items
	}
	if in.VariadicParameter != nil {
		out["variadic_parameter"] = parameter(in.VariadicParameter)
	}
	return out
}

func parameter(in *tfprotov6.FunctionParameter) object {
	out := object{"name": in.Name, "type": in.Type}
	out.set("description", in.Description)
	out.set("is_nullable", in.AllowNullValue)
	return out
}

func kind(in tfprotov6.StringKind) string {
	return strings.ToLower(in.String())
}
