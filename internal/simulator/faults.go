package simulator

import (
	"fmt"
	"html"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
)

// Fault makes matching requests fail. The server checks the faults in the order in which they were added. The first
// one that fires applies to the request, and later ones do not count the request.
type Fault struct {
	Name        string  `json:"name"`        // shown in the request log; if empty, a name is generated
	Method      string  `json:"method"`      // if empty, any method
	Path        string  `json:"path"`        // regular expression for the URL's path; if empty, any path
	After       int     `json:"after"`       // let this many matching requests pass first
	Times       int     `json:"times"`       // fire this many times; 0 means without limit
	Every       int     `json:"every"`       // after the first After requests, fire on every nth; 0 and 1 mean every request
	Probability float64 `json:"probability"` // fire with this probability; 0 means always
	Seed        int64   `json:"seed"`        // for the probability, so that a run can be repeated
	Do          Action  `json:"do"`
}

// Action is how a request fails. An Action with only a Delay is a slow answer.
type Action struct {
	Status      int      `json:"status"`       // answer with this status, without doing the work
	Code        int      `json:"code"`         // of the error in the envelope
	Message     string   `json:"message"`      // of the error in the envelope
	RetryAfter  string   `json:"retry_after"`  // Retry-After header
	HTML        bool     `json:"html"`         // answer with an HTML page instead of the envelope
	ResetBefore bool     `json:"reset_before"` // TCP reset before the work is done
	ResetAfter  bool     `json:"reset_after"`  // TCP reset after the work is done
	Truncate    bool     `json:"truncate"`     // do the work, but send only half of the body, with the full Content-Length
	WorkFirst   bool     `json:"work_first"`   // do the work, then answer with Status
	Delay       Duration `json:"delay"`        // wait first, in real time
	Body        string   `json:"body"`         // answer with exactly this body
	Redirect    string   `json:"redirect"`     // Location header; Status defaults to 302
}

// works reports whether the API does the work of the request.
func (a *Action) works() bool {
	if a.ResetBefore {
		return false
	}
	return a.WorkFirst || a.ResetAfter || a.Truncate || !a.replaces()
}

// replaces reports whether the fault's answer replaces the API's.
func (a *Action) replaces() bool {
	return a.ResetBefore || a.ResetAfter || a.Status != 0 || a.HTML || a.Body != "" || a.Redirect != ""
}

// armedFault is a Fault with its counters.
type armedFault struct {
	Fault
	path    *regexp.Regexp
	chance  *rand.Rand
	matched int
	fired   int
}

// AddFault adds a fault. It panics if the path is not a regular expression, or if the status is not an HTTP status.
func (s *Server) AddFault(f Fault) {
	if err := s.addFault(f); err != nil {
		panic("simulator: " + err.Error())
	}
}

func (s *Server) addFault(f Fault) error {
	path, err := regexp.Compile(f.Path)
	if err != nil {
		return err
	}
	if f.Do.Status != 0 && (f.Do.Status < 200 || f.Do.Status > 599) {
		return fmt.Errorf("status %d is not an HTTP status", f.Do.Status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Name == "" {
		f.Name = fmt.Sprintf("fault-%d", len(s.faults)+1)
	}
	seed := uint64(f.Seed)                             //nolint:gosec // any bits are a good seed
	chance := rand.New(rand.NewPCG(seed, seed^0x5eed)) //nolint:gosec // repeatable, not secret
	s.faults = append(s.faults, &armedFault{Fault: f, path: path, chance: chance})
	return nil
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// strike returns the action of the fault that applies to this request, or nil, and records the fault in the log.
func (s *Server) strike(r *http.Request, request *Request) *Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.fires(r) {
			request.Fault = f.Name
			action := f.Do
			return &action
		}
	}
	return nil
}

func (f *armedFault) fires(r *http.Request) bool {
	if f.Method != "" && f.Method != r.Method || !f.path.MatchString(r.URL.Path) {
		return false
	}
	f.matched++
	past := f.matched - f.After
	switch {
	case past <= 0, f.Times > 0 && f.fired >= f.Times, f.Every > 1 && past%f.Every != 0:
		return false
	case f.Probability > 0 && f.chance.Float64() >= f.Probability:
		return false
	}
	f.fired++
	return true
}

// faultAnswer returns the answer that replaces the API's.
func (s *Server) faultAnswer(action *Action) answer {
	if action.ResetBefore || action.ResetAfter {
		return answer{reset: true}
	}
	status := action.Status
	if status == 0 && action.Redirect != "" {
		status = http.StatusFound
	} else if status == 0 {
		status = http.StatusOK
	}
	message := action.Message
	if message == "" {
		message = http.StatusText(status)
	}
	var a answer
	switch {
	case action.Body != "":
		a = answer{status: status, contentType: "text/plain; charset=utf-8", body: []byte(action.Body)}
		if action.Body[0] == '{' || action.Body[0] == '[' {
			a.contentType = "application/json"
		}
	case action.Redirect != "":
		a = answer{status: status, contentType: "text/html; charset=UTF-8"}
	case action.HTML:
		page := fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%d: %[2]s</title></head><body><h1>Error %[1]d</h1><p>%[2]s</p></body></html>\n",
			status, html.EscapeString(message))
		a = answer{status: status, contentType: "text/html; charset=UTF-8", body: []byte(page)}
	default:
		a = s.jsonAnswer(faultReply(status, action.Code, message))
	}
	a.header = http.Header{}
	if action.RetryAfter != "" {
		a.header.Set("Retry-After", action.RetryAfter)
	}
	if action.Redirect != "" {
		a.header.Set("Location", action.Redirect)
	}
	a.truncate = action.Truncate
	return a
}

// faultReply returns a failure of the AOP endpoints if the code is one of theirs, and otherwise a failure of the
// gateway (section 1a: the former has no result, and the latter has result:null).
func faultReply(status, code int, message string) reply {
	if status < http.StatusBadRequest {
		return reply{status: status}
	}
	if code == 0 {
		code = 10000 + status
	}
	e := apiError{Code: code, Message: message}
	if code >= 1400 && code < 1600 {
		return failure(status, e)
	}
	return gatewayFailure(status, e)
}

// reset closes the connection with a TCP RST, which discards data that has not been sent.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without this, Close would end the connection properly
	}
	_ = conn.Close() // nothing can be done about an error
}
