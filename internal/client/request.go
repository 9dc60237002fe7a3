package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// longestCall limits the retries of a call whose context has no deadline. It is longer than the five minutes for
// which Cloudflare blocks an account that has exceeded its limit (section 7).
const longestCall = 10 * time.Minute

// call is one API operation: a method, and the path elements after the base URL.
type call struct {
	method string
	path   []string // unescaped elements
	query  url.Values
	body   any         // nil for none
	secret *secretBody // used instead of body
}

// do sends a call and returns the envelope of its success. It retries as classify says, until ctx ends. A refusal is
// an *Error. If the outcome of a POST is unknown, the error is a *LostAnswerError.
func (c *Client) do(ctx context.Context, in call) (*envelope, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, longestCall)
		defer cancel()
	}
	target, body, err := c.encode(in)
	if err != nil {
		return nil, err
	}
	defer c.Zone(in.path[1]).Ledger.asks()()
	for tries, failures := 0, 0; ; tries++ {
		env, a := c.attempt(ctx, in, target, body)
		if a.err == nil {
			return env, nil
		}
		if e, ok := asError(a.err); ok {
			e.AfterFailure = failures > 0
		}
		d := max(a.retryAfter, c.backoff.pause(tries))
		verdict := classify(in.method, a.status, a.err)
		if verdict == again {
			failures++
		}
		deadline, _ := ctx.Deadline()
		if ctx.Err() != nil || verdict == giveUp || failures > c.maxRetries || time.Until(deadline) < a.retryAfter {
			return nil, a.explain(ctx, in.method)
		}
		c.log(ctx, slog.LevelInfo, "Waiting before retrying the request", map[string]any{
			"method": in.method, "zone_id": in.path[1], "attempt": tries + 1,
			"wait": d.Round(time.Millisecond).String(), "reason": a.err.Error(),
		})
		if sleep(ctx, d) != nil {
			return nil, a.explain(ctx, in.method)
		}
	}
}

// attempt describes how one attempt of a call failed.
type attempt struct {
	status     int           // 0 if no answer arrived
	retryAfter time.Duration // the pause that the answer asked for
	err        error
}

func (c *Client) attempt(ctx context.Context, in call, target string, body []byte) (*envelope, attempt) {
	req, err := http.NewRequestWithContext(ctx, in.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, attempt{err: fmt.Errorf("building the request: %w", err)}
	}
	if in.secret != nil {
		in.secret.attach(req)
	}
	maps.Copy(req.Header, c.auth)
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "application/json")
	// An upload contains a private key, which would stay in the write buffer of a connection that is kept open.
	req.Close = in.method == http.MethodPost
	if req.ContentLength > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		// The error is always a *url.Error, whose text repeats the URL, and the method in another spelling.
		return nil, attempt{err: errors.Unwrap(err)}
	}
	defer resp.Body.Close()
	env, err := decode(resp)
	return env, attempt{status: resp.StatusCode, retryAfter: retryAfter(resp), err: err}
}

// encode returns the URL and the body of a call.
func (c *Client) encode(in call) (target string, body []byte, err error) {
	escaped := make([]string, len(in.path))
	for i, element := range in.path {
		if element == "" || element == "." || element == ".." {
			return "", nil, fmt.Errorf("an API path element is %q", element)
		}
		escaped[i] = url.PathEscape(element)
	}
	u := c.base.JoinPath(escaped...)
	u.RawQuery = in.query.Encode()
	if in.body != nil {
		if body, err = json.Marshal(in.body); err != nil {
			return "", nil, fmt.Errorf("encoding the request: %w", err)
		}
	}
	return u.String(), body, nil
}

// explain returns the error for the caller of a call that failed. If the context has ended, the error also gives the
// reason of the last attempt. For a POST, it says whether the request may have been carried out.
func (a attempt) explain(ctx context.Context, method string) error {
	err := a.err
	if method == http.MethodPost && isAmbiguous(a.status, err) {
		err = &LostAnswerError{Method: method, Cause: err}
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w; the last attempt ended with: %w", ended, err)
	}
	return err
}

// getAll returns all rows of a list. Most lists of this API family have one page without result_info (section 1a). If
// the API uses pages, getAll requests each of them.
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
		// Stop at an empty page, whatever the counts say: with a wrong count, the loop would never end.
		if len(more) == 0 || !env.ResultInfo.more() {
			return rows, nil
		}
		if env.ResultInfo.Page != page {
			return nil, &shapeError{fmt.Errorf("the client asked for page %d, but the API answered with page %d", page, env.ResultInfo.Page)}
		}
	}
}
