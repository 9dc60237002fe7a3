package client

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// verdict is what the retry policy makes of one attempt.
type verdict int

const (
	giveUp  verdict = iota // the answer stands, good or bad
	again                  // a failure: retry, counted against MaxRetries
	waiting                // "not now" of a live API: retry until the deadline, not counted
)

// classify is the retry policy. status is 0 where no answer came; err is what the transport or the
// decoding of the answer said. Each row is pinned in TestRetryPolicy.
//
// A POST is not idempotent: it is retried only if the server surely did nothing. Certificates.Upload handles
// an answer that is lost.
func classify(method string, status int, err error) verdict {
	idempotent := method != http.MethodPost
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusConflict:
		// Refused before any work; 409 is a concurrent write on the zone (section 1b).
		return waiting
	case status == 0:
		return classifyTransport(idempotent, err)
	case status >= 300 && status < 500 && errors.Is(err, errCutOff):
		return again // refused, so nothing was done, but why is lost
	case status == http.StatusRequestTimeout,
		status >= 500 && status != http.StatusNotImplemented,
		status >= 200 && status < 300 && err != nil && !errors.Is(err, errTooLarge):
		if idempotent {
			return again
		}
	}
	return giveUp
}

// classifyTransport classifies an attempt that got no answer at all.
func classifyTransport(idempotent bool, err error) verdict {
	switch {
	case err == nil, errors.Is(err, context.Canceled), isTLSRefusal(err):
		return giveUp
	case neverSent(err), idempotent:
		return again
	default:
		return giveUp
	}
}

// neverSent reports whether an attempt failed before a request could travel.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || IsHeldBack(err)
}

// isTLSRefusal reports whether the TLS handshake failed for a reason that stays.
func isTLSRefusal(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	// crypto/tls reports an alert of the server as a net.OpError with this Op; its type is not exported
	// (tls.AlertError is for QUIC alone).
	alert := errors.As(err, &op) && op.Op == "remote error"
	return alert || errors.As(err, &verification) || errors.As(err, &record)
}

// isAmbiguous reports whether a failed attempt may nevertheless have done its work.
func isAmbiguous(status int, err error) bool {
	switch {
	case err == nil:
		return false
	case status == 0:
		return !neverSent(err) && !isTLSRefusal(err)
	case status >= 200 && status < 300:
		return true
	default:
		return status == http.StatusRequestTimeout || status >= 500
	}
}

// retryAfter returns the pause that an answer asks for, in seconds or as a date; 0 for none.
func retryAfter(resp *http.Response) time.Duration {
	header := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(header); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// pause returns the nth pause (n from 0): its upper half is random, so that many retries do not move in step.
func (b Backoff) pause(n int) time.Duration {
	d := b.step(n)
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter is no secret
}

// step grows by half from Min to Max. Doubling would save a request now and then, and see a deployment
// of three seconds after six.
func (b Backoff) step(n int) time.Duration {
	d := b.Min
	for ; n > 0 && d < b.Max; n-- {
		d += d / 2
	}
	return min(d, b.Max)
}
