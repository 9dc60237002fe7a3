package attribute_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

func refused(status, code int, message string) *client.Error {
	return &client.Error{Method: "PUT", Status: status, Items: []client.Item{{Code: client.Code(code), Message: message}}, Enveloped: true, RayID: "8f-FRA"}
}

// This checks every text that depends only on the error.
func TestTexts(t *testing.T) {
	const object = "Object: the thing."
	const release = " If the zone was deleted, remove its objects from the configuration and from the state: `terraform state rm ADDRESS`, " +
		"or a removed block with `lifecycle { destroy = false }`."
	const rerun = "What to do: run the same command again. If Cloudflare has carried out the upload, the plan warns \"Certificate is in the zone already\" and shows how to import the certificate."
	const noZone = "What to do: check zone_id, and base_url if it is set. Cloudflare does not know the zone, or does not show it to these credentials."
	for name, c := range map[string]struct {
		problem attribute.Problem
		want    string
	}{
		"refused for a reason of its own": {
			attribute.Problem{Verb: "update", Err: refused(400, 1408, "Unable to parse certificate.")},
			"Cloudflare answered HTTP 400: 1408 Unable to parse certificate. (Ray ID 8f-FRA).\n\n" +
				"What to do: correct what Cloudflare's message names, and run the same command again.",
		},
		"advice of the caller's": {
			attribute.Problem{Verb: "update", Err: refused(403, 10000, "Authentication error"), Advice: "What to do: this."},
			"Cloudflare answered HTTP 403: 10000 Authentication error (Ray ID 8f-FRA).\n\nWhat to do: this.",
		},
		"no permission to write": {
			attribute.Problem{Verb: "create", Err: refused(403, 10000, "Authentication error")},
			"Cloudflare answered HTTP 403: 10000 Authentication error (Ray ID 8f-FRA).\n\n" +
				"What to do: give the API token the zone permission \"SSL and Certificates Write\" (Edit in the dashboard) and include this zone in its zone resources. " +
				"If the token has both, check that it is still valid. A token that was created seconds ago may need a moment: run the same command again.",
		},
		"no permission to read": {
			attribute.Problem{Verb: "read", Err: refused(403, 9109, "Unauthorized to access requested resource")},
			"Cloudflare answered HTTP 403: 9109 Unauthorized to access requested resource (Ray ID 8f-FRA).\n\n" +
				"What to do: give the API token the zone permission \"SSL and Certificates Read\" (or Write, which the dashboard calls Edit) and include this zone in its zone resources. " +
				"If the token has both, check that it is still valid. A token that was created seconds ago may need a moment: run the same command again." + release,
		},
		"credentials": {
			attribute.Problem{Verb: "read", Err: refused(400, 6003, "Invalid request headers")},
			"Cloudflare answered HTTP 400: 6003 Invalid request headers (Ray ID 8f-FRA).\n\n" +
				"What to do: check the provider's api_token, or api_key and email. Cloudflare could not identify the credentials.",
		},
		"a zone that is not there": {
			attribute.Problem{Verb: "read", Err: refused(404, 7003, "Could not route")},
			"Cloudflare answered HTTP 404: 7003 Could not route (Ray ID 8f-FRA).\n\n" +
				noZone + release,
		},
		"a zone that was deleted, read": {
			attribute.Problem{Verb: "read", Err: refused(400, 1001, "Invalid zone identifier")},
			"Cloudflare answered HTTP 400: 1001 Invalid zone identifier (Ray ID 8f-FRA).\n\n" + noZone + release,
		},
		"a zone that was deleted, delete": {
			attribute.Problem{Verb: "delete", Err: refused(404, 1001, "Invalid zone identifier")},
			"Cloudflare answered HTTP 404: 1001 Invalid zone identifier (Ray ID 8f-FRA).\n\n" + noZone + release,
		},
		"a zone that never was": {
			attribute.Problem{Verb: "create", Err: refused(400, 1001, "Invalid zone identifier")},
			"Cloudflare answered HTTP 400: 1001 Invalid zone identifier (Ray ID 8f-FRA).\n\n" + noZone,
		},
		"rate limit": {
			attribute.Problem{Verb: "read", Err: refused(429, 971, "slow down")},
			"Cloudflare answered HTTP 429: 971 slow down (Ray ID 8f-FRA).\n\n" +
				"What to do: wait five minutes, then run the same command again. Other clients share the account's API limit (1,200 requests in 5 minutes). " +
				"To lower this provider's share, set request_budget.",
		},
		"not the API": {
			attribute.Problem{Verb: "read", Err: &client.Error{Status: 404, ContentType: "text/html"}},
			"The request failed: HTTP 404: an answer that is not the API's JSON (text/html).\n\n" +
				"What to do: check the provider's base_url (it includes /client/v4) and any proxy on the way. The answer did not come from the Cloudflare API.",
		},
		"a lost answer, which was an error of the API": {
			attribute.Problem{Verb: "create", Err: &client.LostAnswerError{Method: "POST", Cause: refused(503, 10001, "Unavailable")}},
			"The request failed: the answer to POST was lost, so Cloudflare may or may not have carried it out: HTTP 503: 10001 Unavailable (Ray ID 8f-FRA).\n\n" + rerun,
		},
		"a lost answer, which was a gateway's page": {
			attribute.Problem{Verb: "create", Err: &client.LostAnswerError{Method: "POST", Cause: &client.Error{Status: 502, ContentType: "text/html"}}},
			"The request failed: the answer to POST was lost, so Cloudflare may or may not have carried it out: HTTP 502: an answer that is not the API's JSON (text/html).\n\n" + rerun,
		},
		"a failure of Cloudflare": {
			attribute.Problem{Verb: "read", Err: refused(500, 10001, "Internal error")},
			"Cloudflare answered HTTP 500: 10001 Internal error (Ray ID 8f-FRA).\n\n" +
				"What to do: run the same command again once Cloudflare has recovered (https://www.cloudflarestatus.com).",
		},
		"a failure of a gateway": {
			attribute.Problem{Verb: "read", Err: &client.Error{Status: 502, ContentType: "text/html"}},
			"The request failed: HTTP 502: an answer that is not the API's JSON (text/html).\n\n" +
				"What to do: run the same command again once Cloudflare has recovered (https://www.cloudflarestatus.com). If the error remains, " +
				"check the provider's base_url (it includes /client/v4) and any proxy on the way. The answer did not come from the Cloudflare API.",
		},
		"a lost answer": {
			attribute.Problem{Verb: "create", Err: &client.LostAnswerError{Method: "POST", Cause: errors.New("EOF")}},
			"The request failed: the answer to POST was lost, so Cloudflare may or may not have carried it out: EOF.\n\n" +
				rerun,
		},
		"no connection": {
			attribute.Problem{Verb: "read", Err: fmt.Errorf("sending: %w", &url.Error{Op: "Get", URL: "https://api", Err: errors.New("connection refused")})},
			"The request failed: sending: Get \"https://api\": connection refused.\n\n" +
				"What to do: check that this machine reaches the API (network, proxy, base_url), and run the same command again.",
		},
		"interrupted": {
			attribute.Problem{Verb: "create", Err: fmt.Errorf("sending: %w", context.Canceled)},
			"The request failed: sending: context canceled.\n\nWhat to do: run the same command again; it continues where this one was interrupted.",
		},
		"timeout of a request": {
			attribute.Problem{Verb: "update", Err: context.DeadlineExceeded},
			"It did not finish within the timeout \"update\": context deadline exceeded.\n\n" +
				"What to do: run the same command again, with a longer timeout if this one is too short: timeouts { update = \"30m\" }.",
		},
		"a wait, ended by a status": {
			attribute.Problem{Verb: "create", Noun: "thing", Err: &client.WaitError{Want: "active", Last: "deployment_timed_out"}},
			"Cloudflare accepted the request, but the object will not become active: its last status was deployment_timed_out.\n\n" +
				"What to do: run the same command again once Cloudflare has recovered (https://www.cloudflarestatus.com). The provider then starts over with the thing. " +
				"The object is kept in the state, so nothing is lost.",
		},
		"a wait, ended by time": {
			attribute.Problem{Verb: "update", Timeout: "create", Err: &client.WaitError{Want: "active", Cause: context.DeadlineExceeded}},
			"Cloudflare accepted the request, but the object did not become active before the timeout: no status was seen.\n\n" +
				"What to do: run the same command again, with a longer timeout if this one is too short: timeouts { create = \"30m\" }. " +
				"The object is kept in the state, so nothing is lost.",
		},
		"a wait, interrupted": {
			attribute.Problem{Verb: "create", Err: &client.WaitError{Want: "active", Last: "pending_deployment", Cause: context.Canceled}},
			"Cloudflare accepted the request, but the wait for the object to become active was interrupted: its last status was pending_deployment.\n\n" +
				"What to do: run the same command again. The object is kept in the state, so nothing is lost.",
		},
		"a wait, refused": {
			attribute.Problem{Verb: "create", Err: &client.WaitError{Want: "active", Last: "active", Cause: refused(403, 10000, "Authentication error")}},
			"Cloudflare accepted the request, but waiting for the object to become active failed: its last status was active: HTTP 403: 10000 Authentication error (Ray ID 8f-FRA).\n\n" +
				"What to do: give the API token the zone permission \"SSL and Certificates Write\" (Edit in the dashboard) and include this zone in its zone resources. " +
				"If the token has both, check that it is still valid. A token that was created seconds ago may need a moment: run the same command again.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			p := c.problem
			if p.Noun == "" {
				p.Noun = "thing"
			}
			p.Object = "the thing"
			p.Add(&diags)
			if got := diags[0].Summary(); got != "Unable to "+p.Verb+" thing" {
				t.Errorf("the summary is %q", got)
			}
			if got := diags[0].Detail(); got != object+"\n\n"+c.want {
				t.Errorf("the detail is\n%s\nwant\n%s", got, object+"\n\n"+c.want)
			}
		})
	}
}
