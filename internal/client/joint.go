package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// gather is how long the first of several writes waits for others, and again as long as others came, up
	// to gatherAtMost: Terraform starts as many operations at once as its parallelism allows, but takes a
	// moment to do so, and on a busy machine a longer one.
	gather       = 100 * time.Millisecond
	gatherAtMost = 500 * time.Millisecond

	// maxRows is how many associations travel in one PUT. The API documents no limit; this keeps a
	// request below a few hundred KiB.
	maxRows = 500
)

// jointRow is one association write on its way.
type jointRow struct {
	AssociationWrite
	ctx    context.Context //nolint:containedctx // it belongs to the caller of Put, not to the joint request
	done   chan struct{}   // closed when answer and err are set
	answer *Association    // nil where the API's answer does not name the hostname
	err    error
}

func (r *jointRow) finish(answers []Association, err error) {
	r.answer, _ = Find(answers, r.Hostname)
	r.err = err
	close(r.done)
}

func (r *jointRow) finished() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// superseded waits for a write to which a void of the same hostname gave way, and returns what became of the
// void: errSuperseded, or a NotVoidedError.
func (r *jointRow) superseded(ctx context.Context) error {
	select {
	case <-r.done:
	case <-ctx.Done():
		return &NotVoidedError{Cause: ctx.Err()}
	}
	if r.err != nil {
		return &NotVoidedError{Cause: r.err}
	}
	return errSuperseded
}

// jointWrites sends the association writes of one zone. What arrives while a write of the zone is under
// way travels together in the next PUT.
type jointWrites struct {
	c      *Client
	zoneID string

	mu      sync.Mutex
	waiting []*jointRow
	running bool
	live    map[string]*jointRow // by hostname, the last write of this process that asked for it to serve
}

// errSuperseded says that a hostname is not voided because this process has asked for it to serve.
var errSuperseded = errors.New("the hostname has been written again")

// NotVoidedError says that a hostname was left as it is because the same process was to write it again,
// which failed: voiding it would tear down what serves, and nothing would take its place.
type NotVoidedError struct{ Cause error }

func (e *NotVoidedError) Error() string {
	return "the association was not voided, because the same apply was to write it again, which failed: " + e.Cause.Error()
}

func (e *NotVoidedError) Unwrap() error { return e.Cause }

// serves reports whether a write of this process has made the hostname serve.
func (j *jointWrites) serves(hostname string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.live[hostname]
	return r != nil && r.finished() && r.err == nil
}

// put hands in one row and returns what became of it. When ctx ends, the row stays behind: it is left
// out of what is not sent yet, and a request that carries nobody's row any more is given up.
//
// A void yields to a write of the same hostname, and its outcome is that of the write. Terraform knows
// objects by their place in the configuration: when a hostname moves to another resource, or a failed create
// is repeated under create_before_destroy, Terraform writes the hostname and then destroys the former instance.
func (j *jointWrites) put(ctx context.Context, row AssociationWrite) (*Association, error) {
	r := &jointRow{AssociationWrite: row, ctx: ctx, done: make(chan struct{})}
	j.mu.Lock()
	if serving := j.live[row.Hostname]; row.Enabled == nil && serving != nil {
		j.mu.Unlock()
		return nil, serving.superseded(ctx)
	}
	if row.Enabled != nil {
		j.live[row.Hostname] = r
	}
	j.waiting = append(j.waiting, r)
	if !j.running {
		j.running = true
		go j.run() //nolint:gosec // it sends for many callers; each request carries their contexts
	}
	j.mu.Unlock()
	select {
	case <-r.done:
		return r.answer, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("while the association was being written: %w", ctx.Err())
	}
}

// run sends what waits until nothing does.
func (j *jointWrites) run() {
	j.gather()
	for {
		unlock, _ := j.c.writes.lock(context.Background(), j.zoneID) // every holder has a deadline of its own
		rows := j.take()
		if rows == nil {
			unlock()
			return
		}
		if len(rows) > 0 {
			// Rows with the same certificate side by side: what is wrong is wrong for neighbours.
			slices.SortStableFunc(rows, func(a, b *jointRow) int { return strings.Compare(a.CertificateID, b.CertificateID) })
			j.send(rows)
		}
		unlock()
	}
}

// gather waits for those who come at the same time. It is too short to be interrupted.
func (j *jointWrites) gather() {
	count := func() int {
		j.mu.Lock()
		defer j.mu.Unlock()
		return len(j.waiting)
	}
	for waited := time.Duration(0); waited < gatherAtMost; waited += gather {
		before := count()
		<-time.After(gather)
		if count() == before {
			return
		}
	}
}

// take returns the rows of the next PUT: each hostname once, in the order of arrival, without those
// whose callers have gone. It is nil, and the run is over, when nothing waits.
func (j *jointWrites) take() []*jointRow {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.waiting) == 0 {
		j.running = false
		return nil
	}
	rows, later := []*jointRow{}, []*jointRow{}
	named := map[string]bool{}
	for _, r := range j.waiting {
		switch {
		case r.ctx.Err() != nil:
			r.finish(nil, r.ctx.Err())
		case named[r.Hostname] || len(rows) == maxRows:
			later = append(later, r)
		default:
			named[r.Hostname] = true
			rows = append(rows, r)
		}
	}
	j.waiting = later
	return rows
}

// send sends the rows in one PUT. If the API refuses it because of a row, a bad row fails alone, with the API's
// own error about it. It reports whether all rows were taken. A single bad row among n costs at most
// 2*log2(n)+1 requests, n bad ones 2n-1.
func (j *jointWrites) send(rows []*jointRow) bool {
	answers, err := j.request(rows)
	if err == nil || len(rows) == 1 || !isAboutRows(err) || sameCause(rows, err) {
		for _, r := range rows {
			r.finish(answers, err)
		}
		return err == nil
	}
	j.bisect(rows, err)
	return false
}

// bisect sends the halves of rows that were refused as a whole. If the API takes the first half, it is known
// to refuse the second.
func (j *jointWrites) bisect(rows []*jointRow, refusal error) {
	if len(rows) == 1 || sameCause(rows, refusal) {
		j.send(rows) // for the error about these rows
		return
	}
	half := splitAt(rows, IsBadCertificateID(refusal))
	if j.send(rows[:half]) {
		j.bisect(rows[half:], refusal)
	} else {
		j.send(rows[half:])
	}
}

// sameCause reports whether a refusal is certain to hold for each of the rows: a certificate id that is not
// valid (1415) is so for every hostname that names it.
func sameCause(rows []*jointRow, err error) bool {
	return IsBadCertificateID(err) && rows[0].CertificateID == rows[len(rows)-1].CertificateID // they are sorted
}

// splitAt returns where to halve the rows. Where a certificate's id is at fault, rows that share an id stay
// together, so that one request is enough for all of them.
func splitAt(rows []*jointRow, byCertificate bool) int {
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
func (j *jointWrites) request(rows []*jointRow) ([]Association, error) {
	ctx, cancel := jointContext(rows)
	defer cancel()
	defer j.c.changes.of(j.zoneID).Add(1) // before the rows' callers go on
	writes := make([]AssociationWrite, len(rows))
	for i, r := range rows {
		writes[i] = r.AssociationWrite
	}
	body := struct {
		Config []AssociationWrite `json:"config"`
	}{writes}
	env, err := j.c.do(ctx, call{method: http.MethodPut, path: familyPath(j.zoneID, "hostnames"), body: body})
	if err != nil {
		return nil, err
	}
	answers, _ := list[Association](env) // an answer of another shape is still a success
	return answers, nil
}

// jointContext ends when the contexts of all rows have ended; its deadline is the latest of theirs.
func jointContext(rows []*jointRow) (context.Context, context.CancelFunc) {
	latest, bounded := time.Time{}, true
	for _, r := range rows {
		deadline, ok := r.ctx.Deadline()
		bounded = bounded && ok
		if deadline.After(latest) {
			latest = deadline
		}
	}
	if !bounded {
		latest = time.Now().Add(patience)
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
