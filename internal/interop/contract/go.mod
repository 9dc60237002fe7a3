module github.com/origintls/terraform-provider-origintls/internal/interop/contract

go 1.26.0

require github.com/origintls/terraform-provider-origintls v0.0.0

require github.com/getkin/kin-openapi v0.153.0 // indirect

replace github.com/origintls/terraform-provider-origintls => ../../..
