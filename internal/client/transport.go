package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// logTransport logs each attempt: method, path, result and duration. It never logs a header of the request or a body,
// because uploads contain private keys.
type logTransport struct {
	next http.RoundTripper
	log  LogFunc
}

func (t *logTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := t.next.RoundTrip(req)
	fields := map[string]any{
		"method": req.Method, "path": req.URL.Path,
		"duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		fields["error"] = err.Error()
	} else {
		fields["status"] = resp.StatusCode
		fields["ray_id"] = resp.Header.Get("CF-Ray")
	}
	t.log(req.Context(), slog.LevelDebug, "Cloudflare API request", fields)
	return resp, err
}

// uploadGrace is how long an upload that has been sent may continue after an interruption. Without it, the answer
// with the certificate's id would be lost.
const uploadGrace = 5 * time.Second

// timeoutTransport limits the duration of one attempt, including the body of its answer.
type timeoutTransport struct {
	next  http.RoundTripper
	limit time.Duration
}

func (t *timeoutTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	late := fmt.Errorf("no complete answer within %s", t.limit)
	parent := req.Context()
	release := func() bool { return true }
	if req.Method == http.MethodPost {
		parent, release = detach(parent, uploadGrace)
	}
	ctx, stop := context.WithTimeoutCause(parent, t.limit, late)
	cancel := func() { stop(); release() }
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		defer cancel()
		if errors.Is(context.Cause(ctx), late) {
			err = late
		}
		return nil, err
	}
	resp.Body = &timedBody{ReadCloser: resp.Body, cancel: cancel}
	return resp, nil
}

// detach returns a context that ends grace after its parent. release says that the context is not needed any more.
func detach(parent context.Context, grace time.Duration) (ctx context.Context, release func() bool) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	return ctx, context.AfterFunc(parent, func() { time.AfterFunc(grace, cancel) })
}

// timedBody keeps the timeout of the attempt running until the body is closed.
type timedBody struct {
	io.ReadCloser
	cancel func()
}

func (b *timedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
