// Package resources contains the provider's resources.
//
// # Certificates
//
// Zone and hostname certificates are one type, certificate, with a kind. Read its files in this order:
//
//   - zone_certificate.go, hostname_certificate.go: the two kinds and their descriptions
//   - certificate_schema.go: the arguments and attributes
//   - certificate_model.go: the same in Go, and how an answer of the API is copied into them
//   - certificate.go: create, read, update, delete and import
//   - certificate_plan.go: validation, and the plan's decision whether a certificate is replaced
//   - certificate_input.go: the parts of a configuration that validation and a plan may check
//   - certificate_ledger.go: what a plan records about the zone's objects, and which existing certificate it adopts
//   - certificate_warnings.go: warnings about the certificate itself, such as its expiry
//   - certificate_advice.go: the advice in errors
//   - certificate_origins.go: verify_origins, which asks origins before the upload
//   - certificate_list.go: the list resources
//   - certificate_move.go: moves from the official provider
//
// The argument generate has four files of its own:
//
//   - certificate_generate_schema.go: its arguments and defaults
//   - certificate_generate_plan.go: its validation, and the decision about a renewal
//   - certificate_generate.go: how an apply creates the pair, and how it finds what a killed apply has left behind
//   - certificate_generate_lost.go: a generated certificate whose upload has an unknown outcome
//
// # Associations and the setting
//
// Each of hostname_association.go, hostname_associations.go (many hostnames in one resource) and zone_setting.go is the
// lifecycle of one type. The suffixes _model, _plan, _api, _list and _move mean the same as above.
//
// # Shared files
//
//   - base.go: what every resource embeds, and timeouts
//   - ledger.go: how a plan finds two addresses that mean the same object
//   - identity.go: identities and imports
//   - list.go: list resources
//   - move.go: states of the official provider
//   - zone_modifier.go, hostname_modifier.go: plan modifiers
package resources
