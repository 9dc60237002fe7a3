package originprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// unreachable says why there was no TLS handshake with the origin.
func (a *attempt) unreachable(timeout time.Duration) string {
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(a.err, context.Canceled):
		return "The check of the origin was interrupted."
	case a.dialled && a.timedOut():
		return fmt.Sprintf("The origin accepted the connection, but then gave no TLS answer within %s.", timeout)
	case a.timedOut():
		return fmt.Sprintf("The origin did not accept a connection within %s.", timeout)
	case !a.dialled:
		return fmt.Sprintf("The origin cannot be reached: %s.", a.err)
	case errors.As(a.err, &record) && strings.HasPrefix(string(record.RecordHeader[:]), "HTTP"):
		return "The origin does not use TLS on this port: it answered in plain HTTP."
	case errors.As(a.err, &certificate):
		return fmt.Sprintf("The origin's own certificate is not trusted: %s.", certificate.Err)
	case errors.Is(a.err, io.EOF), errors.Is(a.err, io.ErrUnexpectedEOF):
		return "The origin closed the connection during the TLS handshake."
	default:
		return fmt.Sprintf("The TLS handshake failed: %s.", said(a.err))
	}
}

// said returns an error's text without details of this machine, such as addresses.
func said(err error) string {
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		return operation.Op + ": " + operation.Err.Error()
	}
	return err.Error()
}

// closed reports whether the origin closed the TLS connection properly without sending an answer.
func (a *attempt) closed() bool { return a.shaken && errors.Is(a.err, io.EOF) }

// answer says what the origin did, in words that can follow "with it,".
func (a *attempt) answer(timeout time.Duration) string {
	switch {
	case a.status != 0:
		return fmt.Sprintf("it answers HTTP %d", a.status)
	case a.foreign:
		return "it answers with something that is not HTTP"
	case a.closed():
		return "it closes the connection without an answer"
	case a.timedOut():
		return fmt.Sprintf("it gave no answer within %s", timeout)
	case !a.reached():
		return "a further connection failed: " + said(a.err)
	default:
		return "it ends the connection (" + said(a.err) + ")"
	}
}

func (o *observation) reason(r Result) string {
	without := ": without one, " + o.none.answer(o.timeout) + "."
	var text string
	if o.none.asksLater() {
		return "The origin asks for a client certificate after the TLS handshake (renegotiation), which only some clients support" + without
	}
	switch r.ClientAuth {
	case None:
		text = "The origin does not ask for a client certificate in the TLS handshake, so it does not refuse clients that have none."
		if o.none.refusing() {
			text += fmt.Sprintf(" It answers HTTP %d for another reason, or because it would ask after the handshake, which only some clients support.", o.none.status)
		}
		return text
	case Optional:
		text = "The origin asks for a client certificate but does not require it" + without
	case Required:
		text = "The origin requires a client certificate" + without
	default:
		text = "The origin asks for a client certificate, but it is not clear whether it requires one" + without
		if o.none.outcome() == unclear {
			text += " That may have other reasons, so choose a path for which the origin gives another answer."
		}
	}
	switch {
	case r.AcceptsAny == nil:
		text += " It is not clear either whether it accepts any certificate: with a self-signed one that nobody trusts, " + o.stranger.answer(o.timeout) + "."
	case *r.AcceptsAny:
		text += " It accepts any certificate: with a self-signed one that nobody trusts, " + o.stranger.answer(o.timeout) + "."
	}
	return text
}

func (o *observation) pairReason(accepted bool) string {
	switch {
	case o.none.asksLater():
		return o.reason(Result{})
	case o.none.asked == nil:
		return "The origin does not ask for a client certificate, so it does not refuse this one."
	}
	with := ": with it, " + o.given.answer(o.timeout) + "."
	switch outcome := o.given.outcome(); {
	case accepted:
		return "The origin accepts the certificate" + with
	case outcome == unclear && o.stranger.outcome() == unclear:
		return "The origin treats the certificate in the same way as one that nobody trusts" + with +
			" That may have other reasons, so choose a path for which the origin gives another answer."
	case outcome == refused:
		return "The origin refuses the certificate" + with
	default:
		return "It is not known whether the origin accepts the certificate" + with
	}
}
