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

// maxBody limits the size of one answer. A page of 1,000 associations with their certificates has about 3 MB.
const maxBody = 32 << 20

// envelope is the JSON object around every answer of the API (api-behaviour.md section 1a). In a failure, result may
// be missing or null. An empty list may be null.
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

// more reports whether there are more pages after this one.
func (r *resultInfo) more() bool {
	if r == nil || r.Page == 0 {
		return false
	}
	return r.Page < r.TotalPages || (r.PerPage > 0 && r.Page*r.PerPage < r.TotalCount)
}

// Code is an error code. The API sends numbers. A quoted number is accepted as well, because an error must stay
// readable even if a gateway changes it on the way.
type Code int

// UnmarshalJSON accepts a number or a quoted number. Anything else becomes 0.
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

// decode reads an answer. For a success, it returns the envelope. For a refusal, it returns an *Error. For a 2xx
// answer that is cut off or is not JSON, it returns another error, because the content is lost.
func decode(resp *http.Response) (*envelope, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	if err != nil && (ok || resp.StatusCode < 500) {
		// The content of a success or a refusal is lost. A 5xx is handled below, because its body does not matter.
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
			decodeErr = errors.New("it has no field \"success\"")
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

// one decodes the result of an answer. A missing result is an error.
func one[T any](env *envelope) (*T, error) {
	if isEmpty(env.Result) {
		return nil, errors.New("the API reported success, but its answer contains no result")
	}
	v := new(T)
	if err := json.Unmarshal(env.Result, v); err != nil {
		return nil, &shapeError{err}
	}
	return v, nil
}

// list decodes the result of an answer: an array, or null or nothing for an empty list.
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

// shapeError says that the API's result does not have the documented shape.
type shapeError struct{ cause error }

func (e *shapeError) Error() string {
	return fmt.Sprintf("the API's result has an unexpected shape: %v", e.cause)
}

func (e *shapeError) Unwrap() error { return e.cause }

func isEmpty(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}
