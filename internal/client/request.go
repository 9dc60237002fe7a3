package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// patience bounds the retries of a call whose context has no deadline of its own. It is longer than
// the five minutes for which Cloudflare blocks an account that went over its limit (section 7).
const patience = 10 * time.Minute

// call is one API operation: a method and the path elements below the base URL.
type call struct {
	method string
	path   []string // unescaped elements
	query  url.Values
	body   any // nil for none
}

// familyPath returns the path elements of a zone's origin_tls_client_auth API.
func familyPath(zoneID string, rest ...string) []string {
	return append([]string{"zones", zoneID, "origin_tls_client_auth"}, rest...)
}

// do sends a call, with retries, and returns the envelope of its success. A refusal is an *Error; a
// POST whose outcome is unknown is a *LostAnswerError.
func (c *Client) do(ctx context.Context, in call) (*envelope, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	req, err := c.newRequest(ctx, in)
	if err != nil {
		return nil, err
	}
	var env *envelope
	req.SetResponseHandler(func(resp *http.Response) error {
		defer resp.Body.Close()
		var err error
		env, err = decode(resp)
		return err
	})
	p := &policy{client: c, method: in.method}
	sender := &retryablehttp.Client{
		HTTPClient: c.http,
		RetryMax:   math.MaxInt32, // policy counts: refusals such as 429 are bounded by the deadline alone
		CheckRetry: p.check,
		Backoff: func(low, high time.Duration, n int, resp *http.Response) time.Duration {
			d := p.backoff(low, high, n, resp)
			c.logRetry(ctx, in, p, d)
			return d
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := sender.Do(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		if e, ok := asError(err); ok {
			e.AfterFailure = p.failed > 0
		}
		return nil, p.explain(ctx, in, err)
	}
	return env, nil
}

func (c *Client) newRequest(ctx context.Context, in call) (*retryablehttp.Request, error) {
	escaped := make([]string, len(in.path))
	for i, element := range in.path {
		if element == "" || element == "." || element == ".." {
			return nil, fmt.Errorf("an API path element is %q", element)
		}
		escaped[i] = url.PathEscape(element)
	}
	u := c.base.JoinPath(escaped...)
	u.RawQuery = in.query.Encode()
	var body io.ReadSeeker
	if in.body != nil {
		raw, err := json.Marshal(in.body)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	var raw any
	if body != nil {
		raw = body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, in.method, u.String(), raw)
	if err != nil {
		return nil, fmt.Errorf("building the request: %w", err)
	}
	maps.Copy(req.Header, c.auth)
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// explain turns the error that ended a call into what its caller should see: the reason of the last
// attempt rather than the bare end of the context, and for a POST whether it may have been done.
func (p *policy) explain(ctx context.Context, in call, err error) error {
	if p.last != nil {
		err = p.last
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text repeats the URL, and its method in another form than ours
	}
	if in.method == http.MethodPost && isAmbiguous(p.status, err) {
		err = &LostAnswerError{Method: in.method, Cause: err}
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w; the last attempt ended with: %w", ended, err)
	}
	return err
}

func (c *Client) logRetry(ctx context.Context, in call, p *policy, d time.Duration) {
	c.log(ctx, slog.LevelInfo, "Waiting before the request is sent again", map[string]any{
		"method": in.method, "zone_id": in.path[1], "attempt": p.tries,
		"wait": d.Round(time.Millisecond).String(), "reason": p.last.Error(),
	})
}

// getAll fetches every page of a list. Most lists of this family come as one page without
// result_info (section 1a); where the API does page, the pages are walked.
func getAll[T any](ctx context.Context, c *Client, path []string, query url.Values) ([]T, error) {
	var rows []T
	for page := 1; ; page++ {
		q := url.Values{}
		maps.Copy(q, query)
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		env, err := c.do(ctx, call{method: http.MethodGet, path: path, query: q})
		if err != nil {
			return nil, err
		}
		more, err := list[T](env)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
		// An empty page ends the walk whatever the counts say, or a wrong count would never end it.
		if len(more) == 0 || !env.ResultInfo.more() {
			return rows, nil
		}
		if env.ResultInfo.Page != page {
			return nil, &shapeError{fmt.Errorf("asked for page %d, the list answered with page %d", page, env.ResultInfo.Page)}
		}
	}
}
