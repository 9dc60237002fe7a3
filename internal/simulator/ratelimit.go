package simulator

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// window counts the requests of one credential.
type window struct {
	started time.Time
	used    int
	blocked time.Time // until this time, every request is refused
}

// spend counts a request towards the limit (section 7). It returns the refusal if the limit is exceeded, and the
// headers for the answer.
func (s *Server) spend(r *http.Request) (*reply, http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.store.behaviour.Limit
	if limit.Requests <= 0 || limit.Window <= 0 {
		return nil, nil
	}
	now, length := s.now(), time.Duration(limit.Window)
	key, _ := credentialOf(r) // documented: per user or account token
	w := s.windows[key]
	ended := w == nil || !w.blocked.IsZero() || now.Sub(w.started) >= length
	if ended && (w == nil || !now.Before(w.blocked)) {
		w = &window{started: now}
		s.windows[key] = w
	}
	w.used++
	ends := w.started.Add(length)
	if w.used > limit.Requests && w.blocked.IsZero() {
		w.blocked = ends
		if limit.Block > 0 {
			w.blocked = now.Add(time.Duration(limit.Block))
		}
	}
	over := now.Before(w.blocked)
	if over {
		ends = w.blocked
	}
	left := max(0, limit.Requests-w.used)
	wait := int(math.Ceil(ends.Sub(now).Seconds())) // rounded up, documented
	headers := http.Header{}
	headers.Set("Ratelimit", fmt.Sprintf(`"default";r=%d;t=%d`, left, wait))
	headers.Set("Ratelimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, limit.Requests, int(length.Seconds())))
	if !over {
		return nil, headers
	}
	headers.Set("Retry-After", strconv.Itoa(wait))
	refused := errRateLimited
	refused.Message = fmt.Sprintf("More than %d requests per %d seconds reached. %s",
		limit.Requests, int(length.Seconds()), refused.Message)
	refusal := gatewayFailure(http.StatusTooManyRequests, refused)
	return &refusal, headers
}
