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

// jointWrites sends the association writes of one zone. What arrives while a write of the zone is under
// way travels together in the next PUT.
type jointWrites struct {
	c      *Client
	zoneID string

	mu      sync.Mutex
	waiting []*jointRow
	running bool
	live    map[string]bool // hostnames that this process has last asked to serve
}

// errSuperseded says that a hostname is not voided because this process wants it to serve.
var errSuperseded = errors.New("the hostname has been written again")

// wants reports whether this process has last asked for the hostname to serve.
func (j *jointWrites) wants(hostname string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.live[hostname]
}

// put hands in one row and returns what became of it. When ctx ends, the row stays behind: it is left
// out of what is not sent yet, and a request that carries nobody's row any more is given up.
//
// A void yields to a write of the same hostname: Terraform knows objects by their place in the
// configuration, so that it may make a hostname anew and then destroy the former instance, when the
// hostname moved to another resource or a failed create is repeated under create_before_destroy.
func (j *jointWrites) put(ctx context.Context, row AssociationWrite) (*Association, error) {
	r := &jointRow{AssociationWrite: row, ctx: ctx, done: make(chan struct{})}
	j.mu.Lock()
	if row.Enabled == nil && j.live[row.Hostname] {
		j.mu.Unlock()
		return nil, errSuperseded
	}
	if row.Enabled != nil {
		j.live[row.Hostname] = true
	}
	j.waiting = append(j.waiting, r)
	if !j.running {
		j.running = true
		go j.run() //nolint:gosec // it sends for many callers; each request carries their contexts
	}
	j.mu.Unlock()
	select {
	case <-r.done:
		if r.err != nil && row.Enabled != nil {
			j.mu.Lock()
			delete(j.live, row.Hostname)
			j.mu.Unlock()
		}
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

// send sends the rows in one PUT. If it is refused, the culprits alone fail.
func (j *jointWrites) send(rows []*jointRow) {
	// Rows with the same certificate side by side: what is wrong is wrong for neighbours.
	slices.SortStableFunc(rows, func(a, b *jointRow) int { return strings.Compare(a.CertificateID, b.CertificateID) })
	for len(rows) > 0 {
		answers, err := j.request(rows)
		if err == nil || len(rows) == 1 || !isAboutRows(err) {
			finishAll(rows, answers, err)
			return
		}
		rows = j.isolate(rows)
	}
}

// isolate finds a row for which a joint PUT was refused and ends it with the API's own error about it.
// Rows that were taken on the way are ended as well; it returns those that have not been tried without
// the culprit. A single culprit among n rows costs about log2(n)+1 requests.
func (j *jointWrites) isolate(rows []*jointRow) (untried []*jointRow) {
	suspects := rows
	for len(suspects) > 1 {
		half, rest := suspects[:len(suspects)/2], suspects[len(suspects)/2:]
		answers, err := j.request(half)
		switch {
		case err == nil:
			finishAll(half, answers, nil)
			suspects = rest
		case !isAboutRows(err):
			finishAll(slices.Concat(suspects, untried), nil, err)
			return nil
		case len(half) == 1:
			half[0].finish(nil, err)
			return sameFate(half[0], slices.Concat(rest, untried))
		default:
			suspects, untried = half, slices.Concat(rest, untried)
		}
	}
	answers, err := j.request(suspects)
	suspects[0].finish(answers, err)
	return sameFate(suspects[0], untried)
}

// sameFate ends the rows that are refused for the very reason for which the culprit was: a certificate id
// that is not valid (1415) is so for each of its hostnames. It returns the others.
func sameFate(culprit *jointRow, rows []*jointRow) []*jointRow {
	if !IsBadCertificateID(culprit.err) {
		return rows
	}
	return slices.DeleteFunc(rows, func(r *jointRow) bool {
		same := r.CertificateID == culprit.CertificateID
		if same {
			r.finish(nil, culprit.err)
		}
		return same
	})
}

// isAboutRows reports whether a refusal may be the fault of single rows, and not of the credentials, the
// zone or the moment.
func isAboutRows(err error) bool {
	return match(err, func(e *Error) bool { return e.Enveloped }) && isPermanent(err) &&
		!IsPermission(err) && !IsCredentials(err) && !IsBadZone(err)
}

func finishAll(rows []*jointRow, answers []Association, err error) {
	for _, r := range rows {
		r.finish(answers, err)
	}
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
