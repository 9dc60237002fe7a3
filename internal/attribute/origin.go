package attribute

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/origintls/terraform-provider-origintls/internal/originprobe"
)

// Descriptions of the arguments that name an origin.
const (
	OriginAddressDescription = "a host or an IP address, with or without a port (default 443): `192.0.2.10`, `origin.example.com:8443`, `[2001:db8::10]:8443`. " +
		"It has to be the origin's own: a proxied hostname leads to Cloudflare's edge"
	OriginPathDescription = "The path that is requested with GET. Choose one that the origin does not answer with 400 or 403 to clients that it accepts. Redirects are not followed. " +
		"Default `/`."
	OriginTimeoutDescription = "How long all connections to the origin may take together, such as `30s`, up to `10m`. Default `10s`."
)

// Descriptions of the results of a probe.
const (
	OriginReachableDescription = "Whether the origin took part in a TLS handshake. An origin that cannot be reached is not an error, because many machines that run Terraform are outside its firewall."

	OriginClientAuthDescription = "How the origin treats clients that have no certificate: `none` (it does not ask for one), `optional` (it asks, and serves clients without one) or `required` (it refuses them, " +
		"by TLS or by an HTTP answer). Null if the origin was not reached or its answer does not show it."

	OriginAcceptsAnyDescription = "Whether the origin asks for a certificate and then accepts any, such as a self-signed one made for this check: Caddy's modes `request` and `require`, " +
		"`optional_no_ca` of nginx and Apache. Null if that is not known."
)

// Origin is an origin as a configuration names it. The values are valid.
type Origin struct {
	Address    types.String // if null, the server name is used
	ServerName types.String // if null, the address's host is used
	Path       types.String
	Timeout    types.String
}

// Target returns the target to probe.
func (o Origin) Target() originprobe.Target {
	address := o.Address
	if address.IsNull() {
		address = o.ServerName
	}
	at, _ := originprobe.ParseAddress(address.ValueString()) // validated
	timeout, _ := time.ParseDuration(o.Timeout.ValueString())
	return originprobe.Target{Address: at, ServerName: o.ServerName.ValueString(), Path: o.Path.ValueString(), Timeout: timeout}
}

// ProbeOrigin probes an origin. If the address turns out to be Cloudflare's edge, the origin counts as not reached.
func ProbeOrigin(ctx context.Context, target originprobe.Target) originprobe.Result {
	r := target.Probe(ctx)
	if r.ClientAuth == originprobe.None && r.Header.Get("Server") == "cloudflare" && r.Header.Get("CF-Ray") != "" {
		r = originprobe.Result{Reason: "The server at " + target.Address.String() + " is Cloudflare's edge and not the origin. " +
			"A proxied hostname leads to the edge, so give the origin's own address."}
	}
	tflog.Debug(ctx, "Probed an origin", map[string]any{
		"address": target.Address.String(), "server_name": target.ServerName, "reachable": r.Reachable,
		"client_auth": string(r.ClientAuth), "reason": r.Reason, "pair": r.PairReason,
	})
	return r
}
