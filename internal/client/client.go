// Package client is a typed client of Cloudflare's origin_tls_client_auth API family (Authenticated Origin Pulls). It
// does not depend on Terraform.
//
// Section numbers in comments refer to internal/simulator/api-behaviour.md. Those notes describe how the API behaves,
// and give the source of each fact.
package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultBaseURL is where Cloudflare serves its API. A base URL that replaces it has to include /client/v4 as well.
const DefaultBaseURL = "https://api.cloudflare.com/client/v4"

// DefaultRequestBudget is Cloudflare's documented limit for one user or one account token, in requests per five
// minutes (api-behaviour.md section 7).
const DefaultRequestBudget = 1200

// DefaultMaxRetries is the usual value of Options.MaxRetries. With the growing pauses, ten retries last through about
// a minute of failures. If every second request fails, one request in 2,000 still ends in an error.
const DefaultMaxRetries = 10

// LogFunc receives the client's log lines. No field ever contains a key, a token or a request body.
type LogFunc func(ctx context.Context, level slog.Level, msg string, fields map[string]any)

// Options configures a Client. Either Token, or both Key and Email, must be set. For each other field, the zero value
// means the default in its comment.
type Options struct {
	BaseURL   string // DefaultBaseURL
	Token     string // API token, sent as Authorization: Bearer
	Key       string // global API key, sent as X-Auth-Key with Email as X-Auth-Email
	Email     string
	UserAgent string // "terraform-provider-origintls"

	MaxRetries     int           // after failures (5xx, reset, timeout); 0 for none
	RequestBudget  int           // requests per five minutes; 0 for no limit
	RequestTimeout time.Duration // for one attempt, including the body of the answer; 60 s
	Backoff        Backoff       // pause between retries; 0.5 s to 8 s
	Quiet          time.Duration // a plan waits this long for another address to mention an object; 0.5 s
	Poll           Backoff       // pause between polls of a status; 0.5 s to 10 s

	Transport http.RoundTripper // http.DefaultTransport, which takes proxies from the environment
	Log       LogFunc           // none
}

// Backoff is an exponentially growing pause with jitter, from Min to Max.
type Backoff struct{ Min, Max time.Duration }

// Client talks to the API. The API of a single zone is in Zone. The methods of Client and Zone may be called from
// many goroutines.
type Client struct {
	base       *url.URL
	auth       http.Header
	userAgent  string
	http       *http.Client
	maxRetries int
	backoff    Backoff
	pollPause  Backoff
	quiet      time.Duration
	spacing    time.Duration // between requests, if they use up the budget evenly; 0 without a budget
	log        LogFunc
	zones      sync.Map // id to *Zone

	started       string      // when the client was created, RFC 3339 with nanoseconds: see Started
	refreshing    atomic.Bool // whether this process refreshes objects of a state
	listNotServed atomic.Bool // whether the API has turned out not to serve the list of associations, for any zone
}

// New returns a Client, or an error that names the invalid option. It sends no request.
func New(o Options) (*Client, error) {
	base, err := ParseBaseURL(orDefault(o.BaseURL, DefaultBaseURL))
	if err != nil {
		return nil, err
	}
	auth, err := authHeader(o)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base:       base,
		auth:       auth,
		userAgent:  orDefault(o.UserAgent, "terraform-provider-origintls"),
		maxRetries: o.MaxRetries,
		backoff:    o.Backoff.or(500*time.Millisecond, 8*time.Second),
		pollPause:  o.Poll.or(500*time.Millisecond, 10*time.Second),
		log:        o.Log,
		quiet:      orDefault(o.Quiet, 500*time.Millisecond),
		started:    time.Now().UTC().Format(time.RFC3339Nano),
	}
	if o.RequestBudget > 0 {
		c.spacing = budgetWindow / time.Duration(o.RequestBudget)
	}
	if c.log == nil {
		c.log = func(context.Context, slog.Level, string, map[string]any) {}
	}
	c.http = &http.Client{
		Transport: c.chain(o),
		// Never follow a redirect: the credentials must not be sent to an address that an answer names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Started returns when the client was created, in RFC 3339 with nanoseconds. No two processes return the same.
func (c *Client) Started() string { return c.started }

// chain returns the transport for a single attempt. From the caller to the wire, its layers are: rate limit, log,
// timeout, HTTP. Retries and error handling are above it, in do. http.Client has a timeout too, but that would
// include the time that the rate limit makes a request wait.
func (c *Client) chain(o Options) http.RoundTripper {
	wire := o.Transport
	if wire == nil {
		wire = http.DefaultTransport
	}
	timed := &timeoutTransport{next: wire, limit: orDefault(o.RequestTimeout, time.Minute)}
	logged := &logTransport{next: timed, log: c.log}
	return newLimitTransport(logged, o.RequestBudget, c.log)
}

// ParseBaseURL checks a base URL. Because the credentials travel in a header, the scheme must be https, or http for a
// loopback address. A user, a query or a fragment is an error.
func ParseBaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	switch {
	case err != nil:
		// Leave out the error of url.Parse: it repeats its input, which may contain a password.
		return nil, errors.New("the base URL cannot be parsed")
	case u.User != nil:
		return nil, errors.New("the base URL must not contain a user or password")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base URL must not contain a query or fragment")
	case u.Hostname() == "":
		return nil, fmt.Errorf("the base URL needs a scheme and a host, such as %s", DefaultBaseURL)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("the base URL must be https: over http, the credentials would travel to %s in clear text (http is accepted only for loopback addresses)", u.Host)
	default:
		return nil, fmt.Errorf("the base URL must be https, not %q", u.Scheme)
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// authHeader returns the credential headers (api-behaviour.md section 6).
func authHeader(o Options) (http.Header, error) {
	h := http.Header{}
	switch {
	case o.Token != "":
		h.Set("Authorization", "Bearer "+o.Token)
	case o.Key != "" && o.Email != "":
		h.Set("X-Auth-Key", o.Key)
		h.Set("X-Auth-Email", o.Email)
	default:
		return nil, errors.New("credentials are missing: set an API token, or an API key and its email")
	}
	return h, nil
}

func (b Backoff) or(low, high time.Duration) Backoff {
	return Backoff{Min: orDefault(b.Min, low), Max: orDefault(b.Max, high)}
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
