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
	// Now is the clock by which statuses change. If nil, it is time.Now. Only the intended delays (Latency, WriteTakes,
	// Action.Delay) use real time.
	Now func() time.Time
	// Behaviour is how the API behaves. The zero value means Defaults().
	Behaviour Behaviour
}

// Duration is a time.Duration that is written as a string such as "2s" in JSON.
type Duration time.Duration

// MarshalJSON writes the duration in Go's notation.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON reads a duration in Go's notation. A number is an error, because it would not be clear whether it
// means seconds or nanoseconds.
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

// PEMEcho is the form in which the API returns an uploaded certificate.
type PEMEcho string

// The forms of a returned certificate (api-behaviour.md section 4).
const (
	EchoNewline  PEMEcho = "newline"   // ends in exactly one newline, whatever the upload had (observed); the default, also for ""
	EchoTrimmed  PEMEcho = "trimmed"   // no newline at the end
	EchoVerbatim PEMEcho = "verbatim"  // exactly as sent (documented)
	EchoCRLF     PEMEcho = "crlf"      // Windows line ends (invented)
	EchoText     PEMEcho = "text"      // a comment line before the block (invented)
	EchoLeafOnly PEMEcho = "leaf_only" // without the intermediates (invented)
)

// ListInfo says which lists of certificates have result_info and pages. The list of associations always has both.
type ListInfo string

// The lists of certificates with pages (api-behaviour.md section 1a).
const (
	ListInfoRecorded ListInfo = "recorded" // only the list of zone certificates (observed); the default, also for ""
	ListInfoAll      ListInfo = "all"      // both lists (documented)
	ListInfoNone     ListInfo = "none"     // neither, as in the fixtures of cloudflare-go v0
)

// EmptyLists is the result of an empty list.
type EmptyLists string

// The forms of an empty list (api-behaviour.md section 1a).
const (
	EmptyRecorded EmptyLists = "recorded" // null for certificates, [] for associations (observed); the default, also for ""
	EmptyArray    EmptyLists = "array"    // always [] (documented)
	EmptyNull     EmptyLists = "null"     // always null
)

// Permission is what a token may do.
type Permission string

// The permissions of a token.
const (
	PermissionWrite Permission = "write"
	PermissionRead  Permission = "read"
	PermissionNone  Permission = "none"
)

// Limit is a rate limit for each credential. It counts requests in a fixed window that starts with the first request.
// If Requests is 0, there is no limit and no Ratelimit header.
type Limit struct {
	Requests int      `json:"requests"`
	Window   Duration `json:"window"`
	// Block is how long every request is refused after the limit was exceeded (documented: the next five minutes). 0
	// means until the window ends.
	Block Duration `json:"block"`
}

// Behaviour contains every option for how the API behaves. If the behaviour of the real API is disputed or unknown
// (api-behaviour.md), an option offers each possibility.
type Behaviour struct {
	// DeployAfter is how long a certificate stays pending_deployment.
	DeployAfter Duration `json:"deploy_after"`
	// AssociateAfter is how long an association stays pending_deployment.
	AssociateAfter Duration `json:"associate_after"`
	// VoidAfter is how long voiding an association takes (observed: up to 2-4 minutes).
	VoidAfter Duration `json:"void_after"`
	// DeleteAfter is how long a certificate stays pending_deletion (observed: about 10 s).
	DeleteAfter Duration `json:"delete_after"`
	// TombstoneFor is how long a deleted certificate can still be read. 0 means for ever.
	TombstoneFor Duration `json:"tombstone_for"`
	// ListLag is how long a newly uploaded certificate is missing from the list.
	ListLag Duration `json:"list_lag"`
	// ReuploadLag is how long a certificate that was uploaded again after its deletion is still shown as
	// pending_deletion.
	ReuploadLag Duration `json:"reupload_lag"`
	// StatusLag is how long reads still show a certificate or an association as it was before the last write. Lists lag
	// as well.
	StatusLag Duration `json:"status_lag"`
	// WriteTakes is how long a write takes, in real time.
	WriteTakes Duration `json:"write_takes"`
	// Latency is a delay before every answer, in real time.
	Latency Duration `json:"latency"`

	// InitializingFirst: a new certificate is `initializing` for the first half of DeployAfter.
	InitializingFirst bool `json:"initializing_first"`
	// ActiveAtOnce: a new certificate is active in the answer to its POST.
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
	// StickVoids: voids never finish while this is on.
	StickVoids bool `json:"stick_voids"`
	// TimeOutVoids: a voided association becomes deletion_timed_out after VoidAfter.
	TimeOutVoids bool `json:"time_out_voids"`

	// DeletedIs404: GET answers 404 for a certificate that is `deleted` (default: 200, a tombstone).
	DeletedIs404 bool `json:"deleted_is_404"`
	// GoneAtOnce: GET answers 404 as soon as DELETE was accepted.
	GoneAtOnce bool `json:"gone_at_once"`
	// ZoneReuploadFreshID: a zone certificate that is uploaded again after its deletion gets a new id (default: its former
	// id).
	ZoneReuploadFreshID bool `json:"zone_reupload_fresh_id"`
	// BadDeleteIDIs1415: DELETE of a hostname certificate with an unknown id
	// answers 400/1415 (default: 404).
	BadDeleteIDIs1415 bool `json:"bad_delete_id_is_1415"`
	// DisabledKeepsCertificate: a certificate cannot be deleted while an association with enabled:false uses it
	// (disputed; default: it can).
	DisabledKeepsCertificate bool `json:"disabled_keeps_certificate"`
	// DeployedKeepsCertificate: while an association moves to another
	// certificate, the former one cannot be deleted (invented; default: it can).
	DeployedKeepsCertificate bool `json:"deployed_keeps_certificate"`
	// MissingLeafText: a CA certificate is refused with the documented text,
	// whose code is unknown (default: the recorded 1412).
	MissingLeafText bool `json:"missing_leaf_text"`

	// PutAnswersAll: the answer to PUT hostnames contains every association of the zone (default: only the rows that were
	// sent).
	PutAnswersAll bool `json:"put_answers_all"`
	// VoidShowsDisabled: during a void, GET shows enabled:false (default: the former association).
	VoidShowsDisabled bool `json:"void_shows_disabled"`
	// VoidedIsNull: GET answers 200 with enabled:null for a voided association (default: 404/1553).
	VoidedIsNull bool `json:"voided_is_null"`
	// VoidedStayActive: a voided association stays in the list with enabled:null and status active, and GET shows the same
	// (default: 404/1553). This option overrides VoidedIsNull.
	VoidedStayActive bool `json:"voided_stay_active"`
	// EchoHostnameAsSent: answers contain hostnames as they were written (default: in lower case).
	EchoHostnameAsSent bool `json:"echo_hostname_as_sent"`
	// CreatedAtZero: created_at of associations is Go's zero time in every answer (default: only in the answer to a PUT
	// that changes an association).
	CreatedAtZero bool `json:"created_at_zero"`
	// CreatedAtAlways: created_at is never the zero time.
	CreatedAtAlways bool `json:"created_at_always"`
	// RefuseHostnames are patterns for path.Match, such as "*.example.org". A PUT refuses matching hostnames as if they
	// were not in the zone.
	RefuseHostnames []string `json:"refuse_hostnames"`

	// PEMEcho is the form of certificates in answers.
	PEMEcho PEMEcho `json:"pem_echo"`
	// DropSerialNumber leaves serial_number out of answers.
	DropSerialNumber bool `json:"drop_serial_number"`
	// CertificatesShowUpdatedAt puts updated_at into every answer about a certificate (default: only into the answer to its
	// POST).
	CertificatesShowUpdatedAt bool `json:"certificates_show_updated_at"`
	// DropUpdatedAt leaves a certificate's updated_at out of all answers, and cert_updated_at as well.
	DropUpdatedAt bool `json:"drop_updated_at"`
	// ExtraFields adds undocumented fields to every object.
	ExtraFields bool `json:"extra_fields"`
	// EmptyLists is the form of empty lists.
	EmptyLists EmptyLists `json:"empty_lists"`
	// ListInfo says which lists of certificates have result_info and pages.
	ListInfo ListInfo `json:"list_info"`
	// FailuresCarryResult: refusals by the AOP endpoints have result:null (default: no result).
	FailuresCarryResult bool `json:"failures_carry_result"`
	// SettingsAnswer202: GET settings answers 202 (default: 200).
	SettingsAnswer202 bool `json:"settings_answer_202"`
	// HostnameRowsAreAssociations: the rows of the list of hostname certificates have the form of associations (cert_id,
	// hostname).
	HostnameRowsAreAssociations bool `json:"hostname_rows_are_associations"`
	// PagedListStatus is the status (404, 405 or 400) with which GET .../hostnames, the paged list, answers as if it did
	// not exist. With 0, the list exists.
	PagedListStatus int `json:"paged_list_status"`

	// ConflictOnOverlap: a write answers 409 while another write of the same zone is under way.
	ConflictOnOverlap bool `json:"conflict_on_overlap"`
	// HostnameCertificateQuota is the number of hostname certificates that a zone may have (documented: 10). 0 means no
	// limit.
	HostnameCertificateQuota int `json:"hostname_certificate_quota"`
	// AssociationQuota is the number of associations that a certificate may have (documented: 100). 0 means no limit.
	AssociationQuota int `json:"association_quota"`

	// Tokens are the accepted API tokens or "email:key" pairs. If nil, any credentials are accepted.
	Tokens map[string]Permission `json:"tokens"`
	// Limit is the rate limit.
	Limit Limit `json:"limit"`
}

// clone returns a copy that shares no memory with b.
func (b Behaviour) clone() Behaviour {
	b.Tokens = maps.Clone(b.Tokens)
	b.RefuseHostnames = slices.Clone(b.RefuseHostnames)
	return b
}

func (b Behaviour) isZero() bool { return reflect.ValueOf(b).IsZero() }

// Validate returns an error for values that the simulator would ignore silently.
func (b Behaviour) Validate() error {
	switch b.PEMEcho {
	case "", EchoNewline, EchoTrimmed, EchoVerbatim, EchoCRLF, EchoText, EchoLeafOnly:
	default:
		return fmt.Errorf("pem_echo %q is not one of newline, trimmed, verbatim, crlf, text, leaf_only", b.PEMEcho)
	}
	switch b.ListInfo {
	case "", ListInfoRecorded, ListInfoAll, ListInfoNone:
	default:
		return fmt.Errorf("list_info %q is not one of recorded, all, none", b.ListInfo)
	}
	switch b.EmptyLists {
	case "", EmptyRecorded, EmptyArray, EmptyNull:
	default:
		return fmt.Errorf("empty_lists %q is not one of recorded, array, null", b.EmptyLists)
	}
	switch b.PagedListStatus {
	case 0, 400, 404, 405:
	default:
		return fmt.Errorf("paged_list_status %d is not one of 0, 400, 404, 405", b.PagedListStatus)
	}
	for _, permission := range b.Tokens {
		switch permission {
		case PermissionWrite, PermissionRead, PermissionNone:
		default:
			return fmt.Errorf("token permission %q is not one of write, read, none", permission)
		}
	}
	return nil
}
