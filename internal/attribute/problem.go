package attribute

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// Problem is a failed operation, as it is reported to a user: the operation, the object, Cloudflare's answer, and
// what to do next.
type Problem struct {
	Verb   string // "create", "read", "update", "delete", "list"
	Noun   string // "zone certificate"
	Object string // which one: "zone 023e…, certificate 2458…"
	Err    error
	First  string // what to do before anything else, if something has to be; the advice then begins with "Then" in place of "What to do:"
	Advice string // what to do; if "", suggest derives it from the error

	Timeout string // the name of the timeout in the timeouts block, if it differs from the verb
}

// Add appends the problem as an error: "Unable to <verb> <noun>".
func (p Problem) Add(diags *diag.Diagnostics) {
	advice := p.Advice
	if advice == "" {
		advice = p.suggest()
	}
	if p.First != "" {
		advice = strings.Replace(advice, "What to do: ", "Then ", 1)
	}
	parts := []string{"Object: " + p.Object + ".", sentence(p.said()), p.First, advice}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	diags.AddError(fmt.Sprintf("Unable to %s %s", p.Verb, p.Noun), strings.Join(parts, "\n\n"))
}

// UnlistedAssociations returns the problem of an operation that failed to read the list of a zone's associations.
func UnlistedAssociations(verb, zoneID string, err error) Problem {
	p := Problem{Verb: verb, Noun: "hostname associations", Object: "the associations of zone " + zoneID, Err: err}
	if client.IsListNotServed(err) {
		p.Advice = "What to do: this operation needs the API's list of the zone's associations, which Cloudflare does not seem to offer to this account. " +
			"Use origintls_hostname_association for single hostnames, which reads and imports each of them separately. Or declare the associations " +
			"and apply: associations that exist already are written again unchanged."
	}
	return p
}

// said returns the error's text after words that say where it comes from: Cloudflare or this provider.
func (p Problem) said() string {
	var api *client.Error
	var wait *client.WaitError
	var lost *client.LostAnswerError
	switch {
	case errors.As(p.Err, &wait):
		return "Cloudflare accepted the request, but " + p.Err.Error()
	case errors.Is(p.Err, context.DeadlineExceeded):
		return "It did not finish within the timeout \"" + p.timeoutName() + "\": " + p.Err.Error()
	case errors.As(p.Err, &api) && api.Enveloped && !errors.As(p.Err, &lost):
		return "Cloudflare answered " + p.Err.Error()
	default:
		return "The request failed: " + p.Err.Error()
	}
}

const (
	again         = "What to do: run the same command again"
	onceRecovered = " once Cloudflare has recovered (https://www.cloudflarestatus.com)"
	checkBaseURL  = "check the provider's base_url (it includes /client/v4) and any proxy on the way. The answer did not come from the Cloudflare API."
)

// suggest derives the advice from the error.
func (p Problem) suggest() string {
	var wait *client.WaitError
	var lost *client.LostAnswerError
	switch {
	case client.IsCredentials(p.Err):
		return "What to do: check the provider's api_token, or api_key and email. Cloudflare could not identify the credentials."
	case client.IsPermission(p.Err):
		return p.permission()
	case client.IsBadZone(p.Err):
		return "What to do: check zone_id, and base_url if it is set. Cloudflare does not know the zone, or does not show it to these credentials." + p.release()
	case client.IsRateLimited(p.Err):
		return "What to do: wait five minutes, then run the same command again. Other clients share the account's API limit (1,200 requests in 5 minutes). To lower this provider's share, set request_budget."
	case client.IsForeignAnswer(p.Err) && !client.IsServerFailure(p.Err):
		return "What to do: " + checkBaseURL
	case errors.As(p.Err, &lost):
		return again + ". If Cloudflare has carried out the upload, the plan warns \"Certificate is in the zone already\" and shows how to import the certificate."
	case errors.As(p.Err, &wait):
		return p.afterWait(wait)
	case client.IsHeldBack(p.Err) && !errors.Is(p.Err, context.Canceled):
		return again + ". The command spent the time waiting for the request limit. Set a larger request_budget, up to the part of Cloudflare's limit " +
			"that nobody else uses, or a longer timeout: timeouts { " + p.timeoutName() + " = \"30m\" }."
	case errors.Is(p.Err, context.Canceled):
		return again + "; it continues where this one was interrupted."
	case errors.Is(p.Err, context.DeadlineExceeded):
		return again + p.longer() + "."
	}
	return p.suggestOnFailure()
}

// suggestOnFailure derives the advice from an error that says nothing about the credentials, the zone or a wait.
func (p Problem) suggestOnFailure() string {
	var api *client.Error
	var network net.Error
	switch {
	case client.IsForeignAnswer(p.Err):
		return again + onceRecovered + ". If the error remains, " + checkBaseURL
	case client.IsServerFailure(p.Err):
		return again + onceRecovered + "."
	case errors.As(p.Err, &api):
		return "What to do: correct what Cloudflare's message names, and run the same command again."
	case errors.As(p.Err, &network):
		return "What to do: check that this machine reaches the API (network, proxy, base_url), and run the same command again."
	}
	return ""
}

func (p Problem) permission() string {
	need := "\"SSL and Certificates Write\" (Edit in the dashboard)"
	if p.Verb == "read" || p.Verb == "list" {
		need = "\"SSL and Certificates Read\" (or Write, which the dashboard calls Edit)"
	}
	return fmt.Sprintf("What to do: give the API token the zone permission %s and include this zone in its zone resources. If the token has both, check that it is still valid. A token that was created seconds ago may need a moment: run the same command again.", need) + p.release()
}

// release says how to remove the objects of a deleted zone from the state. No answer about the zone or about
// permissions proves that the zone was deleted, so the provider never removes an object from the state because of
// one.
func (p Problem) release() string {
	if p.Verb == "create" || p.Verb == "list" {
		return ""
	}
	return " If the zone was deleted, remove its objects from the configuration and from the state: `terraform state rm ADDRESS`, " +
		"or a removed block with `lifecycle { destroy = false }`."
}

func (p Problem) afterWait(wait *client.WaitError) string {
	switch {
	case wait.Terminal():
		return again + onceRecovered + ". The provider then starts over with the " + p.Noun + ". The object is kept in the state, so nothing is lost."
	case errors.Is(wait.Cause, context.Canceled):
		return again + ". The object is kept in the state, so nothing is lost."
	default:
		return again + p.longer() + ". The object is kept in the state, so nothing is lost."
	}
}

func (p Problem) longer() string {
	return fmt.Sprintf(", with a longer timeout if this one is too short: timeouts { %s = \"30m\" }", p.timeoutName())
}

// timeoutName returns the name of the timeout in the timeouts block.
func (p Problem) timeoutName() string {
	if p.Timeout != "" {
		return p.Timeout
	}
	return p.Verb
}

func sentence(text string) string { return strings.TrimRight(text, ". ") + "." }
