package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// maxBody bounds what is read of one answer. A page of 1,000 associations with their certificates is
// about 3 MB.
const maxBody = 32 << 20

// envelope is what every answer of the API is wrapped in (api-behaviour.md section 1a). Failures may
// lack result or carry null; empty lists may be null.
type envelope struct {
	Success    *bool           `json:"success"`
	Errors     []Item          `json:"errors"`
	Messages   []Item          `json:"messages"`
	Result     json.RawMessage `json:"result,omitempty"`
	ResultInfo *resultInfo     `json:"result_info,omitempty"`
}

type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages,omitempty"`
}

// more reports whether pages follow the one that this belongs to.
func (r *resultInfo) more() bool {
	if r == nil || r.Page == 0 {
		return false
	}
	return r.Page < r.TotalPages || (r.PerPage > 0 && r.Page*r.PerPage < r.TotalCount)
}

// Code is an error code. The API sends numbers; a quoted number is taken as well, because an error
// must stay readable whatever a gateway on the way makes of it.
type Code int

// UnmarshalJSON takes a number or a quoted number; anything else becomes 0.
func (c *Code) UnmarshalJSON(raw []byte) error {
	n, err := strconv.Atoi(string(bytes.Trim(raw, `"`)))
	if err != nil {
		n = 0
	}
	*c = Code(n)
	return nil
}

var errCutOff = errors.New("the answer was cut off")

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)

// decode reads an answer. It returns the envelope of a success, an *Error for a refusal, and another
// error where a 2xx answer is cut off or is no JSON, so that its content is lost.
func decode(resp *http.Response) (*envelope, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	if err != nil && (ok || resp.StatusCode < 500) {
		// Of a refusal as of a success: what it said is lost. A 5xx is what it is without its body.
		return nil, fmt.Errorf("%w (HTTP %d): %w", errCutOff, resp.StatusCode, err)
	}
	var env envelope
	decodeErr := json.Unmarshal(body, &env)
	enveloped := decodeErr == nil && env.Success != nil
	if ok && enveloped && *env.Success {
		return &env, nil
	}
	if ok && !enveloped {
		if decodeErr == nil {
			decodeErr = errors.New("it has no member \"success\"")
		}
		return nil, fmt.Errorf("the answer (HTTP %d, %s) is not the API's JSON: %w",
			resp.StatusCode, orDefault(resp.Header.Get("Content-Type"), "no content type"), decodeErr)
	}
	e := &Error{
		Method: resp.Request.Method, Path: resp.Request.URL.Path, Status: resp.StatusCode,
		Items: env.Errors, Enveloped: enveloped, ContentType: resp.Header.Get("Content-Type"),
		RayID: resp.Header.Get("CF-Ray"), RetryAfter: retryAfter(resp),
	}
	return nil, e
}

// one decodes a result that must be there.
func one[T any](env *envelope) (*T, error) {
	if isEmpty(env.Result) {
		return nil, errors.New("the API reported success but its answer holds no result")
	}
	v := new(T)
	if err := json.Unmarshal(env.Result, v); err != nil {
		return nil, &shapeError{err}
	}
	return v, nil
}

// list decodes a result that may be an array, null or missing.
func list[T any](env *envelope) ([]T, error) {
	if isEmpty(env.Result) {
		return nil, nil
	}
	var v []T
	if err := json.Unmarshal(env.Result, &v); err != nil {
		return nil, &shapeError{err}
	}
	return v, nil
}

// shapeError says that a result is there but is not what the API documents.
type shapeError struct{ cause error }

func (e *shapeError) Error() string {
	return fmt.Sprintf("the API's result has an unexpected shape: %v", e.cause)
}

func (e *shapeError) Unwrap() error { return e.cause }

func isEmpty(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}
