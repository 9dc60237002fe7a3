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
	// The first write of a batch waits for others, because Terraform starts as many operations at once as its
	// parallelism allows. batchStep is how often it counts them. It stops waiting after one step without a new write
	// if the batch is as large as recent ones, and otherwise after batchPause without a new write. It never waits
	// longer than batchPauseAtMost.
	batchStep        = 25 * time.Millisecond
	batchPause       = 4 * batchStep
	batchPauseAtMost = 500 * time.Millisecond

	// maxRows is how many associations one PUT may contain. The API documents no limit. This one keeps a request
	// below a few hundred KiB.
	maxRows = 500
)

// batchRow is one association write under way.
type batchRow struct {
	AssociationWrite
	ctx    context.Context //nolint:containedctx // it belongs to the caller of write, not to the joint request
	done   chan struct{}   // closed when answer and err are set
	answer *Association    // nil if the API's answer does not mention the hostname
	err    error
}

func (r *batchRow) finish(answers []Association, err error) {
	r.answer, _ = Find(answers, r.Hostname)
	r.err = err
	close(r.done)
}

// batch sends the association writes of one zone. Writes that arrive while another write of the zone is under way
// share the next PUT.
type batch struct {
	z *Zone

	mu      sync.Mutex
	waiting []*batchRow
	running bool
	usual   int // rows of recent batches: see take
}

// write sends one row and returns its result. If ctx ends first, write returns at once. A row that has not been sent
// yet is then dropped, and a request is cancelled once the callers of all its rows have gone. If this process writes
// the same hostname before a void is sent, the void fails with errSuperseded.
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

// run sends the waiting rows until none are left.
func (b *batch) run() {
	b.collect()
	for more := true; more; {
		// No deadline is needed here: each request has the deadlines of its rows, and other writes of the zone have
		// their own.
		_ = b.z.exclusively(context.Background(), func() error {
			rows := b.take()
			more = rows != nil
			if len(rows) > 0 {
				// If the API rejects a certificate's id, it rejects all rows that name it. Sort by certificate, so that
				// bisection can treat them together.
				slices.SortStableFunc(rows, func(a, b *batchRow) int { return strings.Compare(a.CertificateID, b.CertificateID) })
				b.send(rows)
			}
			return nil
		})
	}
}

// collect waits for other writes that start at the same time. The wait is so short that it need not be interruptible.
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

// take returns the rows of the next PUT in the order of arrival. Each hostname occurs once; a second write of the
// same hostname waits for the next PUT. Rows whose callers have gone are left out. If no row is waiting, the result
// is nil, and the run has finished.
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
		case r.ctx.Err() != nil: // its caller has gone
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
	b.usual = max(len(rows), b.usual-1) // decrease slowly: one small batch must not make the next ones small
	return rows
}

// send sends the rows in one PUT and reports whether the API accepted all of them. If the API rejects the PUT because
// of a row, bisection finds that row. Only that row fails, with the API's own error about it. One rejected row among
// n costs at most 2*log2(n)+1 requests, and n rejected rows cost 2n-1.
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

// bisect sends the two halves of rows that the API rejected as a whole. If the API accepts the first half, it is
// certain to reject the second as a whole, so bisect splits the second half without sending it.
func (b *batch) bisect(rows []*batchRow, refusal error) {
	if len(rows) == 1 || sameCause(rows, refusal) {
		b.send(rows) // the rows need the API's error about them
		return
	}
	half := splitAt(rows, IsBadCertificateID(refusal))
	if b.send(rows[:half]) {
		b.bisect(rows[half:], refusal)
	} else {
		b.send(rows[half:])
	}
}

// sameCause reports whether the error is certain to apply to each of the rows: an invalid certificate id (1415) is
// invalid for every hostname that names it.
func sameCause(rows []*batchRow, err error) bool {
	return IsBadCertificateID(err) && rows[0].CertificateID == rows[len(rows)-1].CertificateID // the rows are sorted by id
}

// splitAt returns the index at which to split the rows. If a certificate's id is the cause, rows with the same id
// stay together, so that one request is enough for all of them.
func splitAt(rows []*batchRow, byCertificate bool) int {
	half := len(rows) / 2
	if !byCertificate {
		return half
	}
	differs := func(i int) bool { return rows[i].CertificateID != rows[i-1].CertificateID }
	for distance := 0; ; distance++ { // this ends within the rows, because sameCause has made sure that the ids differ
		if at := half - distance; at > 0 && differs(at) {
			return at
		}
		if at := half + distance; differs(at) {
			return at
		}
	}
}

// isAboutRows reports whether a single row may have caused the error. An error about the credentials or the zone, or
// one that may pass, has other causes.
func isAboutRows(err error) bool {
	return match(err, func(e *Error) bool { return e.Enveloped }) && isPermanent(err) &&
		!isDenied(err) && !IsBadZone(err)
}

// request sends one PUT for all rows. It is cancelled only when the contexts of all rows have ended.
//
// PUT /zones/{zone_id}/origin_tls_client_auth/hostnames
func (b *batch) request(rows []*batchRow) ([]Association, error) {
	ctx, cancel := batchContext(rows)
	defer cancel()
	defer b.z.changed() // the rows' callers must not read the former state
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
	answers, _ := list[Association](env) // an answer with an unexpected shape is still a success
	return answers, nil
}

// batchContext returns a context that ends when the contexts of all rows have ended. Its deadline is the latest of
// theirs.
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
