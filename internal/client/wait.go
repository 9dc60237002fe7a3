package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Status is the state of a certificate or association (api-behaviour.md section 2). Other values than
// these may come one day; they are neither a target nor an end of a wait.
type Status string

// The documented statuses.
const (
	StatusInitializing       Status = "initializing"
	StatusPendingDeployment  Status = "pending_deployment"
	StatusPendingDeletion    Status = "pending_deletion"
	StatusActive             Status = "active"
	StatusDeleted            Status = "deleted"
	StatusDeploymentTimedOut Status = "deployment_timed_out"
	StatusDeletionTimedOut   Status = "deletion_timed_out"
)

// Gone reports whether an object with this status no longer counts as existing.
func (s Status) Gone() bool { return s == StatusPendingDeletion || s == StatusDeleted }

// Deploying reports whether the edge is still taking the object up.
func (s Status) Deploying() bool { return s == StatusInitializing || s == StatusPendingDeployment }

// WaitError says that a wait ended without reaching its target.
type WaitError struct {
	Want  string // what was waited for, such as "active"
	Last  string // the last status seen, in words; "" if none was
	Cause error  // the context's error, the last failed request, or nil where a terminal status ended the wait
}

func (e *WaitError) Error() string {
	seen := "no status was seen"
	if e.Last != "" {
		seen = "its last status was " + e.Last
	}
	switch {
	case e.Cause == nil:
		return fmt.Sprintf("it will not become %s: %s", e.Want, seen)
	case errors.Is(e.Cause, context.Canceled):
		return fmt.Sprintf("interrupted while waiting for it to become %s: %s", e.Want, seen)
	case errors.Is(e.Cause, context.DeadlineExceeded):
		return fmt.Sprintf("it did not become %s before the timeout: %s", e.Want, seen)
	default:
		return fmt.Sprintf("waiting for it to become %s failed: %s: %v", e.Want, seen, e.Cause)
	}
}

func (e *WaitError) Unwrap() error { return e.Cause }

// Terminal reports whether the status, and not time or a failed request, ended the wait.
func (e *WaitError) Terminal() bool { return e.Cause == nil }

// notFound stands for a status where the API knows no such object.
const notFound = "not found"

// statusLag is how long a status may still be the one from before a write.
const statusLag = 30 * time.Second

// priorStatus is the status an object had before a write. A write that repeats a failed one is answered
// before the status moves, so that for a while the old failure is seen and must not be taken for a new one.
type priorStatus struct {
	status Status
	at     time.Time // of the write
}

func statusBefore(status Status) priorStatus { return priorStatus{status: status, at: time.Now()} }

// ends reports whether a seen status ends the wait: it is the failure that is looked for, and not
// merely the one from before the write.
func (p priorStatus) ends(seen, failure Status) bool {
	return seen == failure && (p.status != failure || time.Since(p.at) > statusLag)
}

// sleep returns after d, or with the context's error as soon as that ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
