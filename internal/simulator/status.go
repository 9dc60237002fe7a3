package simulator

import "time"

// The documented statuses of certificates and associations (section 2).
const (
	statusInitializing       = "initializing"
	statusPendingDeployment  = "pending_deployment"
	statusPendingDeletion    = "pending_deletion"
	statusActive             = "active"
	statusDeleted            = "deleted"
	statusDeploymentTimedOut = "deployment_timed_out"
	statusDeletionTimedOut   = "deletion_timed_out"

	// statusVoided is the status of a voided association, which is shown as deleted.
	statusVoided = statusDeleted
)

// progress is the status of an object. Nothing runs in the background: every read first calls advance, which changes
// the statuses that are due.
type progress struct {
	status string
	since  time.Time
	held   bool // the change was due but stuck, so it happens at the moment of its release
}

func at(status string, now time.Time) progress { return progress{status: status, since: now} }

// course describes how a pending status ends.
type course struct {
	after   time.Duration
	stick   bool
	timeOut bool
	done    string
	failed  string
}

// advance ends a pending status that is due. It returns the time of the change, or the zero time if there was none.
func (p *progress) advance(now time.Time, c course) time.Time {
	due := p.since.Add(c.after)
	if now.Before(due) {
		return time.Time{}
	}
	if c.stick {
		p.held = true
		return time.Time{}
	}
	if p.held {
		due = now
	}
	status := c.done
	if c.timeOut {
		status = c.failed
	}
	*p = at(status, due)
	return due
}

// advance brings the whole store up to date.
func (st *store) advance(now time.Time) {
	for _, z := range st.zones {
		for _, kind := range []Kind{ZoneCertificate, HostnameCertificate} {
			for _, c := range z.sorted(kind) {
				st.advanceCertificate(c, now)
				if st.forgotten(c, now) {
					delete(z.certificates[kind], c.id)
				}
			}
		}
		for _, a := range z.associations {
			st.advanceAssociation(a, now)
		}
	}
}

func (st *store) advanceCertificate(c *certificate, now time.Time) {
	b := &st.behaviour
	switch c.progress.status {
	case statusInitializing, statusPendingDeployment:
		moved := c.progress.advance(now, course{
			after: time.Duration(b.DeployAfter), stick: b.StickDeployments, timeOut: b.TimeOutDeployments,
			done: statusActive, failed: statusDeploymentTimedOut,
		})
		if c.progress.status == statusActive {
			c.deploy(moved, st.next())
		} else if c.progress.status == statusInitializing && !now.Before(c.progress.since.Add(time.Duration(b.DeployAfter)/2)) {
			c.progress.status = statusPendingDeployment // since stays the same, because this half is part of DeployAfter
		}
		if !moved.IsZero() {
			c.updatedAt = moved
		}
	case statusPendingDeletion:
		moved := c.progress.advance(now, course{
			after: time.Duration(b.DeleteAfter), stick: b.StickDeletions, timeOut: b.TimeOutDeletions,
			done: statusDeleted, failed: statusDeletionTimedOut,
		})
		if c.progress.status == statusDeleted {
			c.deletedOn, c.deployedOn = moved, time.Time{}
		}
		if !moved.IsZero() {
			c.updatedAt = moved
		}
	}
}

func (c *certificate) deploy(when time.Time, order int) {
	c.deployedOn, c.deployment = when, order
}

// forgotten reports whether a deleted certificate can no longer be read (section 2: it is unknown how long it can be,
// so there is an option).
func (st *store) forgotten(c *certificate, now time.Time) bool {
	keep := time.Duration(st.behaviour.TombstoneFor)
	if keep <= 0 || c.effective() != statusDeleted {
		return false
	}
	since := c.deletedOn
	if c.pinned != "" {
		since = c.pinnedOn
	}
	return now.Sub(since) >= keep
}

// effective returns the status to which the API's rules apply.
func (c *certificate) effective() string {
	if c.pinned != "" {
		return c.pinned
	}
	return c.progress.status
}

// shown returns the status in answers. For a moment after an upload that restored a deleted certificate, answers
// still show pending_deletion (section 2).
func (st *store) shown(c *certificate, now time.Time) string {
	if c.pinned == "" && !c.returnedOn.IsZero() && now.Before(c.returnedOn.Add(time.Duration(st.behaviour.ReuploadLag))) {
		return statusPendingDeletion
	}
	if c.pinned == "" && c.former != "" && st.lags(c.writtenOn, now) {
		return c.former
	}
	return c.effective()
}

// lags reports whether reads still show the state before a write.
func (st *store) lags(writtenOn, now time.Time) bool {
	return now.Before(writtenOn.Add(time.Duration(st.behaviour.StatusLag)))
}

func (st *store) advanceAssociation(a *association, now time.Time) {
	b := &st.behaviour
	switch a.progress.status {
	case statusPendingDeployment:
		moved := a.progress.advance(now, course{
			after: time.Duration(b.AssociateAfter), stick: b.StickAssociations, timeOut: b.TimeOutAssociations,
			done: statusActive, failed: statusDeploymentTimedOut,
		})
		if a.progress.status == statusActive {
			wanted := a.wanted
			a.deployed = &wanted
		}
		if !moved.IsZero() {
			a.updatedAt = moved
		}
	case statusPendingDeletion:
		moved := a.progress.advance(now, course{
			after: time.Duration(b.VoidAfter), stick: b.StickVoids, timeOut: b.TimeOutVoids,
			done: statusVoided, failed: statusDeletionTimedOut,
		})
		if a.progress.status == statusVoided {
			a.deployed = nil
		}
		if !moved.IsZero() {
			a.updatedAt = moved
		}
	}
}
