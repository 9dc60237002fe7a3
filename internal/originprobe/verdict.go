package originprobe

import "time"

// observation is how an origin treated a client without a certificate, one with a throwaway certificate and one with
// the given pair. The last two are nil if there was no such connection.
type observation struct {
	none, stranger, given *attempt
	timeout               time.Duration
}

// outcome is what an attempt shows about the presented certificate.
type outcome int

const (
	unreached outcome = iota // there was no TLS handshake, or no attempt
	silent                   // there was a TLS handshake, but no answer in time
	refused                  // the origin ended the connection after asking for a certificate, or its answer mentions a certificate
	unclear                  // the answer may be a refusal of the certificate, or of something else
	served                   // any other answer
)

func (a *attempt) outcome() outcome {
	switch {
	case a == nil || !a.reached():
		return unreached
	case a.foreign, a.status != 0 && !a.refusing():
		return served
	case a.status != 0 && a.about:
		return refused
	case a.status == 401:
		return served // the origin asks for credentials of HTTP
	case a.status != 0, a.closed():
		return unclear
	case a.timedOut():
		return silent
	default:
		return refused
	}
}

// reached reports whether the origin took part in the handshake. If it asked for a certificate, it did, whether or
// not the handshake was completed.
func (a *attempt) reached() bool { return a.shaken || a.asked != nil }

func (o *observation) result(paired bool) Result {
	if !o.none.reached() {
		return Result{Reason: o.none.unreachable(o.timeout)}
	}
	r := Result{Reachable: true, TLSVersion: o.none.version, Server: o.none.server, Status: o.none.status, Header: o.none.header}
	r.ClientAuth, r.AcceptsAny = o.clientAuth(), o.acceptsAny()
	if o.none.asked != nil {
		r.Issuers = o.none.asked.AcceptableCAs
	}
	r.Reason = o.reason(r)
	if paired {
		r.Accepted = o.accepted()
		r.PairReason = o.pairReason(r.Accepted)
	}
	return r
}

func (o *observation) clientAuth() ClientAuth {
	switch {
	case o.none.asksLater():
		return Unknown
	case o.none.asked == nil:
		return None
	}
	given, stranger := o.given.outcome(), o.stranger.outcome()
	switch o.none.outcome() {
	case served:
		return Optional
	case refused:
		return Required
	case unclear:
		switch {
		case given == served, stranger == served:
			return Required // with a certificate, the origin answers differently
		case given == unclear && stranger == refused && o.given.status == o.none.status:
			return Optional // a trusted certificate makes no difference to the answer
		}
	case unreached, silent:
	}
	return Unknown
}

func (o *observation) acceptsAny() *bool {
	yes, no := true, false
	switch {
	case o.none.asksLater():
		return nil
	case o.none.asked == nil:
		return &no
	}
	switch stranger := o.stranger.outcome(); {
	case stranger == served:
		return &yes
	case stranger == refused, stranger == unclear && o.none.outcome() == served: // without a certificate, the answer is better
		return &no
	}
	return nil
}

func (o *observation) accepted() bool {
	if o.none.asked == nil {
		return !o.none.asksLater()
	}
	given := o.given.outcome()
	return given == served || given == unclear && o.stranger.outcome() == refused
}
