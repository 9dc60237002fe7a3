package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// batchStep is how often the first of several writes looks for others. It sends when nobody came for one step and there are as many as
	// of late, as Terraform starts as many operations at once as its parallelism allows; else when nobody
	// came for batchPause, or after batchPauseAtMost.
	batchStep        = 25 * time.Millisecond
	batchPause       = 4 * batchStep
	batchPauseAtMost = 500 * time.Millisecond

	// maxRows is how many associations travel in one PUT. The API documents no limit; this keeps a
	// request below a few hundred KiB.
	maxRows = 500
)

// batchRow is one association write on its way.
type batchRow struct {
	AssociationWrite
	ctx    context.Context //nolint:containedctx // it belongs to the caller of write, not to the joint request
	done   chan struct{}   // closed when answer and err are set
	answer *Association    // nil where the API's answer does not name the hostname
	err    error
}

func (r *batchRow) finish(answers []Association, err error) {
	r.answer, _ = Find(answers, r.Hostname)
	r.err = err
	close(r.done)
}

// batch sends the association writes of one zone. What arrives while a write of the zone is under
// way travels together in the next PUT.
type batch struct {
	z *Zone

	mu      sync.Mutex
	waiting []*batchRow
	running bool
	usual   int // rows that came together of late
}

// write hands in one row and returns what became of it. When ctx ends, the row stays behind: it is left
// out of what is not sent yet, and a request that carries nobody's row any more is given up. A void is
// errSuperseded if, before it is sent, this process writes the same hostname.
func (b *batch) write(ctx context.Context, row AssociationWrite) (*Association, error) {
	r := &batchRow{AssociationWrite: row, ctx: ctx, done: make(chan struct{})}
	b.mu.Lock()
	b.waiting = append(b.waiting, r)
	if !b.running {
		b.running = true
		go b.run() //nolint:gosec // it sends for many callers; each request carries their contexts
	}
	b.mu.Unlock()
	select {
	case <-r.done:
		return r.answer, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("while the association was being written: %w", ctx.Err())
	}
}

// run sends what waits until nothing does.
func (b *batch) run() {
	b.collect()
	for more := true; more; {
		// Every holder of the turn has a deadline of its own, and each request has those of its rows.
		_ = b.z.exclusively(context.Background(), func() error {
			rows := b.take()
			more = rows != nil
			if len(rows) > 0 {
				// Rows with the same certificate side by side: what is wrong is wrong for neighbours.
				slices.SortStableFunc(rows, func(a, b *batchRow) int { return strings.Compare(a.CertificateID, b.CertificateID) })
				b.send(rows)
			}
			return nil
		})
	}
}

// collect waits for those who come at the same time. It is too short to be interrupted.
func (b *batch) collect() {
	count := func() (int, int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.waiting), b.usual
	}
	before, still := 0, time.Duration(0)
	for waited := time.Duration(0); waited < batchPauseAtMost && still < batchPause; waited += batchStep {
		<-time.After(batchStep)
		now, usual := count()
		if still += batchStep; now != before {
			before, still = now, 0
		} else if usual > 1 && now >= usual {
			return
		}
	}
}

// take returns the rows of the next PUT: each hostname once, in the order of arrival, without those
// whose callers have gone. It is nil, and the run is over, when nothing waits.
func (b *batch) take() []*batchRow {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.running = false
		return nil
	}
	rows, later := []*batchRow{}, []*batchRow{}
	named := map[string]bool{}
	for _, r := range b.waiting {
		switch {
		case r.ctx.Err() != nil:
			r.finish(nil, r.ctx.Err())
		case r.Enabled == nil && b.z.Ledger.begun(HostnameKey(r.Hostname)) != nil:
			r.finish(nil, errSuperseded)
		case named[r.Hostname] || len(rows) == maxRows:
			later = append(later, r)
		default:
			named[r.Hostname] = true
			rows = append(rows, r)
		}
	}
	b.waiting = later
	if len(rows) > 0 {
		b.usual = max(len(rows), b.usual-1) // a small batch does not make the next ones small
	}
	return rows
}

// send sends the rows in one PUT. If the API refuses it because of a row, a bad row fails alone, with the API's
// own error about it. It reports whether all rows were taken. A single bad row among n costs at most
// 2*log2(n)+1 requests, n bad ones 2n-1.
func (b *batch) send(rows []*batchRow) bool {
	answers, err := b.request(rows)
	if err == nil || len(rows) == 1 || !isAboutRows(err) || sameCause(rows, err) {
		for _, r := range rows {
			r.finish(answers, err)
		}
		return err == nil
	}
	b.bisect(rows, err)
	return false
}

// bisect sends the halves of rows that were refused as a whole. If the API takes the first half, it is known
// to refuse the second.
func (b *batch) bisect(rows []*batchRow, refusal error) {
	if len(rows) == 1 || sameCause(rows, refusal) {
		b.send(rows) // for the error about these rows
		return
	}
	half := splitAt(rows, IsBadCertificateID(refusal))
	if b.send(rows[:half]) {
		b.bisect(rows[half:], refusal)
	} else {
		b.send(rows[half:])
	}
}

// sameCause reports whether a refusal is certain to hold for each of the rows: a certificate id that is not
// valid (1415) is so for every hostname that names it.
func sameCause(rows []*batchRow, err error) bool {
	return IsBadCertificateID(err) && rows[0].CertificateID == rows[len(rows)-1].CertificateID // they are sorted
}

// splitAt returns where to halve the rows. Where a certificate's id is at fault, rows that share an id stay
// together, so that one request is enough for all of them.
func splitAt(rows []*batchRow, byCertificate bool) int {
	half := len(rows) / 2
	if !byCertificate {
		return half
	}
	differs := func(i int) bool { return rows[i].CertificateID != rows[i-1].CertificateID }
	for distance := 0; ; distance++ { // sameCause has ruled out that all ids are the same
		if at := half - distance; at > 0 && differs(at) {
			return at
		}
		if at := half + distance; at < len(rows) && differs(at) {
			return at
		}
	}
}

// isAboutRows reports whether a refusal may be the fault of single rows, and not of the credentials, the
// zone or the moment.
func isAboutRows(err error) bool {
	return match(err, func(e *Error) bool { return e.Enveloped }) && isPermanent(err) &&
		!isDenied(err) && !IsBadZone(err)
}

// request sends one PUT on behalf of all rows' callers: it ends when the last of them has gone.
//
// PUT /zones/{zone_id}/origin_tls_client_auth/hostnames
func (b *batch) request(rows []*batchRow) ([]Association, error) {
	ctx, cancel := batchContext(rows)
	defer cancel()
	defer b.z.changed() // before the rows' callers go on
	writes := make([]AssociationWrite, len(rows))
	for i, r := range rows {
		writes[i] = r.AssociationWrite
	}
	body := struct {
		Config []AssociationWrite `json:"config"`
	}{writes}
	env, err := b.z.c.do(ctx, call{method: http.MethodPut, path: b.z.path("hostnames"), body: body})
	if err != nil {
		return nil, err
	}
	answers, _ := list[Association](env) // an answer of another shape is still a success
	return answers, nil
}

// batchContext ends when the contexts of all rows have ended; its deadline is the latest of theirs.
func batchContext(rows []*batchRow) (context.Context, context.CancelFunc) {
	latest, bounded := time.Time{}, true
	for _, r := range rows {
		deadline, ok := r.ctx.Deadline()
		bounded = bounded && ok
		if deadline.After(latest) {
			latest = deadline
		}
	}
	if !bounded {
		latest = time.Now().Add(longestCall)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(rows[0].ctx), latest)
	var left atomic.Int64
	left.Store(int64(len(rows)))
	stops := make([]func() bool, len(rows))
	for i, r := range rows {
		stops[i] = context.AfterFunc(r.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}
