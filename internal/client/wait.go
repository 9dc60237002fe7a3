package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Status is the status of a certificate or association (api-behaviour.md section 2). The API may add other values. A
// wait continues at a status that it does not know.
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

// Gone reports whether an object with this status counts as deleted.
func (s Status) Gone() bool { return s == StatusPendingDeletion || s == StatusDeleted }

// Deploying reports whether the object is still being deployed to the edge.
func (s Status) Deploying() bool { return s == StatusInitializing || s == StatusPendingDeployment }

// WaitError says that a wait ended before the object reached its target status.
type WaitError struct {
	Want  string // the target status, such as "active"
	Last  string // the last status seen, in words; "" if none was seen
	Cause error  // the context's error or that of the last request; nil if a terminal status ended the wait
}

func (e *WaitError) Error() string {
	seen := "no status was seen"
	if e.Last != "" {
		seen = "its last status was " + e.Last
	}
	switch {
	case e.Cause == nil:
		return fmt.Sprintf("the object will not become %s: %s", e.Want, seen)
	case errors.Is(e.Cause, context.Canceled):
		return fmt.Sprintf("the wait for the object to become %s was interrupted: %s", e.Want, seen)
	case errors.Is(e.Cause, context.DeadlineExceeded):
		return fmt.Sprintf("the object did not become %s before the timeout: %s", e.Want, seen)
	default:
		return fmt.Sprintf("waiting for the object to become %s failed: %s: %v", e.Want, seen, e.Cause)
	}
}

func (e *WaitError) Unwrap() error { return e.Cause }

// Terminal reports whether a terminal status ended the wait, and not a timeout or a failed request.
func (e *WaitError) Terminal() bool { return e.Cause == nil }

// notFound is used in place of a status if the API does not know the object.
const notFound = "not found"

// statusLag is how long after a write the API may still show the status from before it.
const statusLag = 30 * time.Second

// priorStatus is the status of an object before a write. If a write repeats one that failed, the API answers before
// it changes the status. For a while, it still shows the old failure, which must not be taken for a new one.
type priorStatus struct {
	status Status
	at     time.Time // of the write
}

func statusBefore(status Status) priorStatus { return priorStatus{status: status, at: time.Now()} }

// ends reports whether a status ends the wait: it is the failure, and not just the status from before the write.
func (p priorStatus) ends(seen, failure Status) bool {
	return seen == failure && (p.status != failure || time.Since(p.at) > statusLag)
}

// sleep returns after d. If ctx ends first, it returns the context's error at once.
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
