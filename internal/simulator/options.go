package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Options configure a new Server.
type Options struct {
	// Now is the clock that statuses move on; nil means time.Now. Only the
	// deliberate waits (Latency, WriteTakes, Action.Delay) use real time.
	Now func() time.Time
	// Behaviour is how the API behaves; the zero value means Defaults().
	Behaviour Behaviour
}

// Duration is a time.Duration that reads and writes as "2s" in JSON.
type Duration time.Duration

// MarshalJSON writes the duration as Go prints it.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON reads a Go duration string. A bare number is refused: nobody
// remembers whether it would be seconds or nanoseconds.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf(`a duration is a string such as "2s", not %s`, data)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	*d = Duration(parsed)
	return nil
}

// PEMEcho is how the API gives an uploaded certificate back.
type PEMEcho string

// The ways to echo a PEM (api-behaviour.md section 4).
const (
	EchoNewline  PEMEcho = "newline"   // ends in exactly one newline, whatever was sent: observed; the default, also for ""
	EchoTrimmed  PEMEcho = "trimmed"   // no newline at the end
	EchoVerbatim PEMEcho = "verbatim"  // exactly as sent: documented
	EchoCRLF     PEMEcho = "crlf"      // Windows line ends: invented
	EchoText     PEMEcho = "text"      // a comment line before the block: invented
	EchoLeafOnly PEMEcho = "leaf_only" // chain dropped: invented
)

// ListInfo says which of the certificate lists carry result_info and serve
// pages. The list of associations always does.
type ListInfo string

// The ways to page certificate lists (api-behaviour.md section 1a).
const (
	ListInfoRecorded ListInfo = "recorded" // the zone certificates' list only: observed; the default, also for ""
	ListInfoAll      ListInfo = "all"      // both lists: documented
	ListInfoNone     ListInfo = "none"     // neither, as in the fixtures of cloudflare-go v0
)

// EmptyLists is the result of a list that holds nothing.
type EmptyLists string

// The ways to show an empty list (api-behaviour.md section 1a).
const (
	EmptyRecorded EmptyLists = "recorded" // certificates null, associations []: observed; the default, also for ""
	EmptyArray    EmptyLists = "array"    // always []: documented
	EmptyNull     EmptyLists = "null"     // always null
)

// Permission is what a token may do.
type Permission string

// Permissions of a token.
const (
	PermissionWrite Permission = "write"
	PermissionRead  Permission = "read"
	PermissionNone  Permission = "none"
)

// Limit is a rate limit per credential over a fixed window that starts with
// the first request. Requests 0 means no limit and no Ratelimit headers.
type Limit struct {
	Requests int      `json:"requests"`
	Window   Duration `json:"window"`
	// Block is how long every call is refused once the limit is passed
	// (documented: the next five minutes). 0: until the window ends.
	Block Duration `json:"block"`
}

// Behaviour is every choice about how the API behaves. Where the real API is
// disputed or unknown (api-behaviour.md), both shapes can be had.
type Behaviour struct {
	// DeployAfter is how long a certificate stays pending_deployment.
	DeployAfter Duration `json:"deploy_after"`
	// AssociateAfter is how long an association stays pending_deployment.
	AssociateAfter Duration `json:"associate_after"`
	// VoidAfter is how long voiding an association takes (observed: up to 2-4 minutes).
	VoidAfter Duration `json:"void_after"`
	// DeleteAfter is how long a certificate stays pending_deletion (observed: about 10 s).
	DeleteAfter Duration `json:"delete_after"`
	// TombstoneFor is how long a deleted certificate can still be read; 0 is for ever.
	TombstoneFor Duration `json:"tombstone_for"`
	// ListLag is how long a newly uploaded certificate is missing from the list.
	ListLag Duration `json:"list_lag"`
	// ReuploadLag is how long a certificate that came back from deletion still
	// reads pending_deletion.
	ReuploadLag Duration `json:"reupload_lag"`
	// StatusLag is how long reads of a certificate or an association still show
	// it as it was before the last write. Lists lag as well.
	StatusLag Duration `json:"status_lag"`
	// WriteTakes is how long (in real time) a write is in flight before it is done.
	WriteTakes Duration `json:"write_takes"`
	// Latency is a real wait before every answer.
	Latency Duration `json:"latency"`

	// InitializingFirst: a new certificate is `initializing` for the first half of DeployAfter.
	InitializingFirst bool `json:"initializing_first"`
	// ActiveAtOnce: POST answers `active`.
	ActiveAtOnce bool `json:"active_at_once"`

	// StickDeployments: certificates never leave pending_deployment while this is on.
	StickDeployments bool `json:"stick_deployments"`
	// TimeOutDeployments: certificates become deployment_timed_out after DeployAfter.
	TimeOutDeployments bool `json:"time_out_deployments"`
	// StickDeletions: certificates never leave pending_deletion while this is on.
	StickDeletions bool `json:"stick_deletions"`
	// TimeOutDeletions: certificates become deletion_timed_out after DeleteAfter.
	TimeOutDeletions bool `json:"time_out_deletions"`
	// StickAssociations: associations never leave pending_deployment while this is on.
	StickAssociations bool `json:"stick_associations"`
	// TimeOutAssociations: associations become deployment_timed_out after AssociateAfter.
	TimeOutAssociations bool `json:"time_out_associations"`
	// StickVoids: voiding never ends while this is on.
	StickVoids bool `json:"stick_voids"`
	// TimeOutVoids: a voided association becomes deletion_timed_out after VoidAfter.
	TimeOutVoids bool `json:"time_out_voids"`

	// DeletedIs404: a certificate answers 404 once it is `deleted` (default: 200 tombstone).
	DeletedIs404 bool `json:"deleted_is_404"`
	// GoneAtOnce: a certificate answers 404 as soon as DELETE was accepted.
	GoneAtOnce bool `json:"gone_at_once"`
	// ZoneReuploadFreshID: a deleted zone certificate uploaded again gets a new
	// id (default: the old one).
	ZoneReuploadFreshID bool `json:"zone_reupload_fresh_id"`
	// BadDeleteIDIs1415: DELETE of a hostname certificate with an unknown id
	// answers 400/1415 (default: 404).
	BadDeleteIDIs1415 bool `json:"bad_delete_id_is_1415"`
	// DisabledKeepsCertificate: an association with enabled:false keeps its
	// certificate from being deleted (disputed; default: it does not).
	DisabledKeepsCertificate bool `json:"disabled_keeps_certificate"`
	// DeployedKeepsCertificate: while an association moves to another
	// certificate, the former one cannot be deleted (invented; default: it can).
	DeployedKeepsCertificate bool `json:"deployed_keeps_certificate"`
	// MissingLeafText: a CA certificate is refused with the documented text,
	// whose code is unknown (default: the recorded 1412).
	MissingLeafText bool `json:"missing_leaf_text"`

	// PutAnswersAll: PUT hostnames answers every association of the zone
	// (default: the rows that were sent).
	PutAnswersAll bool `json:"put_answers_all"`
	// VoidShowsDisabled: while voiding is under way GET shows enabled:false
	// (default: the old association).
	VoidShowsDisabled bool `json:"void_shows_disabled"`
	// VoidedIsNull: a voided association answers 200 with enabled:null (default: 404/1553).
	VoidedIsNull bool `json:"voided_is_null"`
	// VoidedStayActive: a voided association stays in the list, and is read
	// singly, with enabled:null and status active (default: 404/1553). It
	// overrides VoidedIsNull.
	VoidedStayActive bool `json:"voided_stay_active"`
	// EchoHostnameAsSent: hostnames are answered as they were written (default: lower case).
	EchoHostnameAsSent bool `json:"echo_hostname_as_sent"`
	// CreatedAtZero: created_at of associations is Go's zero time in every answer
	// (default: in the answer to a PUT that changes an association).
	CreatedAtZero bool `json:"created_at_zero"`
	// CreatedAtAlways: created_at is never the zero time.
	CreatedAtAlways bool `json:"created_at_always"`
	// RefuseHostnames are patterns (path.Match, so "*.example.org") of
	// hostnames that a PUT refuses, as if they were not in the zone.
	RefuseHostnames []string `json:"refuse_hostnames"`

	// PEMEcho is how certificates are given back.
	PEMEcho PEMEcho `json:"pem_echo"`
	// DropSerialNumber leaves serial_number out of answers.
	DropSerialNumber bool `json:"drop_serial_number"`
	// CertificatesShowUpdatedAt puts updated_at into every answer about a
	// certificate (default: into the answer to its POST).
	CertificatesShowUpdatedAt bool `json:"certificates_show_updated_at"`
	// DropUpdatedAt leaves a certificate's updated_at out everywhere, also as
	// cert_updated_at.
	DropUpdatedAt bool `json:"drop_updated_at"`
	// ExtraFields adds fields nobody knows to every object.
	ExtraFields bool `json:"extra_fields"`
	// EmptyLists is how empty lists look.
	EmptyLists EmptyLists `json:"empty_lists"`
	// ListInfo says which certificate lists carry result_info and serve pages.
	ListInfo ListInfo `json:"list_info"`
	// FailuresCarryResult: the API's own refusals carry result:null (default:
	// no result).
	FailuresCarryResult bool `json:"failures_carry_result"`
	// SettingsAnswer202: GET settings answers 202 (default: 200).
	SettingsAnswer202 bool `json:"settings_answer_202"`
	// HostnameRowsAreAssociations: the hostname certificate list has
	// association-shaped rows (cert_id, hostname) instead of certificates.
	HostnameRowsAreAssociations bool `json:"hostname_rows_are_associations"`
	// PagedListStatus makes GET .../hostnames (the paged list) answer 404, 405
	// or 400 as if it did not exist; 0 serves it.
	PagedListStatus int `json:"paged_list_status"`

	// ConflictOnOverlap: a write answers 409 while another of the same zone is in flight.
	ConflictOnOverlap bool `json:"conflict_on_overlap"`
	// HostnameCertificateQuota is the number of hostname certificates in a
	// zone (documented: 10); 0 is no limit.
	HostnameCertificateQuota int `json:"hostname_certificate_quota"`
	// AssociationQuota is the number of associations of a certificate
	// (documented: 100); 0 is no limit.
	AssociationQuota int `json:"association_quota"`

	// Tokens are the accepted API tokens, or "email:key" pairs; nil accepts any.
	Tokens map[string]Permission `json:"tokens"`
	// Limit is the rate limit.
	Limit Limit `json:"limit"`
}

// clone makes a copy that shares nothing with b.
func (b Behaviour) clone() Behaviour {
	b.Tokens = maps.Clone(b.Tokens)
	b.RefuseHostnames = slices.Clone(b.RefuseHostnames)
	return b
}

func (b Behaviour) isZero() bool { return reflect.ValueOf(b).IsZero() }

// Validate refuses values that the simulator would silently ignore.
func (b Behaviour) Validate() error {
	switch b.PEMEcho {
	case "", EchoNewline, EchoTrimmed, EchoVerbatim, EchoCRLF, EchoText, EchoLeafOnly:
	default:
		return fmt.Errorf("pem_echo %q is none of newline, trimmed, verbatim, crlf, text, leaf_only", b.PEMEcho)
	}
	switch b.ListInfo {
	case "", ListInfoRecorded, ListInfoAll, ListInfoNone:
	default:
		return fmt.Errorf("list_info %q is none of recorded, all, none", b.ListInfo)
	}
	switch b.EmptyLists {
	case "", EmptyRecorded, EmptyArray, EmptyNull:
	default:
		return fmt.Errorf("empty_lists %q is none of recorded, array, null", b.EmptyLists)
	}
	switch b.PagedListStatus {
	case 0, 400, 404, 405:
	default:
		return fmt.Errorf("paged_list_status %d is none of 0, 400, 404, 405", b.PagedListStatus)
	}
	for _, permission := range b.Tokens {
		switch permission {
		case PermissionWrite, PermissionRead, PermissionNone:
		default:
			return fmt.Errorf("token permission %q is none of write, read, none", permission)
		}
	}
	return nil
}
