// Package client is a typed client of Cloudflare's origin_tls_client_auth API family
// (Authenticated Origin Pulls). It knows nothing of Terraform.
//
// How the API behaves, and where that is known from, stands in the project's note
// api-behaviour.md; comments here name its sections.
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

// DefaultBaseURL is where Cloudflare serves its API. An override carries its own /client/v4.
const DefaultBaseURL = "https://api.cloudflare.com/client/v4"

// DefaultRequestBudget is Cloudflare's documented limit for a user or an account token, in requests per
// five minutes (api-behaviour.md section 7).
const DefaultRequestBudget = 1200

// DefaultMaxRetries is how often a failed request is retried unless Options says otherwise. With the
// growing pauses that is patience for about a minute of failures, and at a failure rate of one in two
// one request in 2,000 still ends in an error.
const DefaultMaxRetries = 10

// LogFunc receives the client's log lines. No field ever holds a key, a token or a request body.
type LogFunc func(ctx context.Context, level slog.Level, msg string, fields map[string]any)

// Options configures a Client. Either Token, or Key and Email, must be set; every other zero value
// keeps the default that its comment names.
type Options struct {
	BaseURL   string // DefaultBaseURL
	Token     string // API token, sent as Authorization: Bearer
	Key       string // global API key, sent as X-Auth-Key with Email as X-Auth-Email
	Email     string
	UserAgent string // "terraform-provider-origintls"

	MaxRetries     int           // retries after failures (5xx, reset, timeout); 0 for none
	RequestBudget  int           // requests per five minutes; 0 for no limit of our own
	RequestTimeout time.Duration // for one attempt including its body; 60 s
	Backoff        Backoff       // pause between retries; 0.5 s to 8 s
	Quiet          time.Duration // without news, after which a plan expects none about an object; 0.5 s
	Poll           Backoff       // pause between polls of a status; 0.5 s to 10 s

	Transport http.RoundTripper // http.DefaultTransport, which takes proxies from the environment
	Log       LogFunc           // none
}

// Backoff is an exponentially growing pause with jitter, from Min to Max.
type Backoff struct{ Min, Max time.Duration }

// Client talks to the API. What it is asked about a zone, Zone answers. Its methods, and the zones', may be called
// from many goroutines.
type Client struct {
	base       *url.URL
	auth       http.Header
	userAgent  string
	http       *http.Client
	maxRetries int
	backoff    Backoff
	pollPause  Backoff
	quiet      time.Duration
	spacing    time.Duration // between requests that spend the whole budget evenly; 0 without a budget
	log        LogFunc
	zones      sync.Map // id to *Zone

	started       string      // when the client was made, RFC 3339 with nanoseconds: see Started
	refreshing    atomic.Bool // whether an object of a state has been refreshed
	listNotServed atomic.Bool // whether the list of associations turned out not to be there, whatever the zone
}

// New returns a Client, or an error that says which option is wrong. It sends nothing.
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
		// A redirect is never followed: credentials do not travel to where an answer points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Started returns when the client was made, in RFC 3339 with nanoseconds. No two processes return the same.
func (c *Client) Started() string { return c.started }

// chain assembles what each attempt passes through, from the caller to the wire:
// rate limit, log, timeout, HTTP. Retries and errors sit above it, in do. The timeout is not
// http.Client's, which would count the pauses of the rate limit as well.
func (c *Client) chain(o Options) http.RoundTripper {
	wire := o.Transport
	if wire == nil {
		wire = http.DefaultTransport
	}
	timed := &timeoutTransport{next: wire, limit: orDefault(o.RequestTimeout, time.Minute)}
	logged := &logTransport{next: timed, log: c.log}
	return newLimitTransport(logged, o.RequestBudget, c.log)
}

// ParseBaseURL checks a base URL: https, or http on a loopback address, because the credentials
// travel in a header; no user, query or fragment.
func ParseBaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	switch {
	case err != nil:
		// The error of url.Parse repeats its input, which may hold a password.
		return nil, errors.New("the base URL cannot be parsed")
	case u.User != nil:
		return nil, errors.New("the base URL must not hold a user or password")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base URL must not hold a query or fragment")
	case u.Hostname() == "":
		return nil, fmt.Errorf("the base URL needs a scheme and a host, such as %s", DefaultBaseURL)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("the base URL must be https: over http the credentials would travel in clear text to %s (http is accepted for loopback addresses only)", u.Host)
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
		return nil, errors.New("credentials are missing: an API token, or an API key and its email")
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
