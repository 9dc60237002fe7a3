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

// verdict is the retry policy's decision after an attempt.
type verdict int

const (
	giveUp  verdict = iota // the call ends with this success or error
	again                  // a failure: retry, and count it towards MaxRetries
	waiting                // the API asks to wait: retry until the deadline, without counting
)

// classify is the retry policy. status is 0 if no answer arrived. err is the error of the transport or of decoding
// the answer. TestRetryPolicy has a case for each row.
//
// A POST is not idempotent, so it is retried only if it is certain that the server did nothing. Certificates.Upload
// handles lost answers.
func classify(method string, status int, err error) verdict {
	idempotent := method != http.MethodPost
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusConflict:
		// The API did nothing. A 409 means that another write of the zone is under way (section 1b).
		return waiting
	case status == 0:
		return classifyTransport(idempotent, err)
	case status >= 300 && status < 500 && errors.Is(err, errCutOff):
		return again // the API refused the request, so it did nothing, but its reason is lost
	case status == http.StatusRequestTimeout,
		status >= 500 && status != http.StatusNotImplemented,
		status >= 200 && status < 300 && err != nil && !errors.Is(err, errTooLarge):
		if idempotent {
			return again
		}
	}
	return giveUp
}

// classifyTransport is the retry policy for an attempt without any answer.
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

// neverSent reports whether an attempt failed before the request could be sent.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || IsHeldBack(err)
}

// isTLSRefusal reports whether the TLS handshake failed for a permanent reason.
func isTLSRefusal(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	// crypto/tls reports the server's alert as a net.OpError with this Op. The type of the alert is not exported
	// (tls.AlertError is only for QUIC).
	alert := errors.As(err, &op) && op.Op == "remote error"
	return alert || errors.As(err, &verification) || errors.As(err, &record)
}

// isAmbiguous reports whether the API may have carried out a request although the attempt failed.
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

// retryAfter returns the pause that an answer asks for, or 0. The header is a number of seconds or a date.
func retryAfter(resp *http.Response) time.Duration {
	header := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(header); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	at, _ := http.ParseTime(header) // without a date, this is the zero time, which is long past
	return max(0, time.Until(at))
}

// pause returns the nth pause (n starts at 0). Its upper half is random, so that many retries do not happen at the
// same time.
func (b Backoff) pause(n int) time.Duration {
	d := b.step(n)
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter is no secret
}

// step returns the nth pause without jitter. It grows by half each time, from Min to Max. With doubling, a deployment
// that takes three seconds would be noticed only after six.
func (b Backoff) step(n int) time.Duration {
	d := min(b.Min, b.Max)
	for range n {
		d = min(d+d/2, b.Max)
	}
	return d
}
