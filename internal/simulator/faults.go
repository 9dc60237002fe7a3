package simulator

import (
	"fmt"
	"html"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
)

// Fault makes matching requests fail. Faults are tried in the order they
// were added; the first that fires has the request, and those behind it do not
// count it.
type Fault struct {
	Name        string  `json:"name"`        // appears in the request log; made up when empty
	Method      string  `json:"method"`      // empty: any
	Path        string  `json:"path"`        // regular expression on the URL's path; empty: any
	After       int     `json:"after"`       // let this many matching requests pass first
	Times       int     `json:"times"`       // fire this often; 0: no end
	Every       int     `json:"every"`       // of those past After, fire on every nth; 0 and 1: on each
	Probability float64 `json:"probability"` // fire by chance; 0: always
	Seed        int64   `json:"seed"`        // of the chance, so that a run repeats
	Do          Action  `json:"do"`
}

// Action is how a request fails. The zero Action with a Delay is a slow answer.
type Action struct {
	Status      int      `json:"status"`       // answer this status instead of doing the work
	Code        int      `json:"code"`         // of the error in the envelope
	Message     string   `json:"message"`      // of the error in the envelope
	RetryAfter  string   `json:"retry_after"`  // Retry-After header
	HTML        bool     `json:"html"`         // an HTML page instead of the envelope
	ResetBefore bool     `json:"reset_before"` // TCP reset, work not done
	ResetAfter  bool     `json:"reset_after"`  // TCP reset, work done
	Truncate    bool     `json:"truncate"`     // work done, body cut half-way under a full Content-Length
	WorkFirst   bool     `json:"work_first"`   // do the work, then answer Status
	Delay       Duration `json:"delay"`        // wait first, in real time
	Body        string   `json:"body"`         // this body, as it is
	Redirect    string   `json:"redirect"`     // Location; Status defaults to 302
}

// works says whether the request is carried out.
func (a *Action) works() bool {
	if a.ResetBefore {
		return false
	}
	return a.WorkFirst || a.ResetAfter || a.Truncate || !a.replaces()
}

// replaces says whether the answer is the fault's and not the API's.
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

// AddFault arms a fault. It panics on a path that is no regular expression.
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
		return fmt.Errorf("status %d is none of an HTTP answer", f.Do.Status)
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

// ClearFaults disarms all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// strike finds the fault that applies to this request and records it in the log.
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

// faultAnswer is the answer that an action gives in the API's place.
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

// faultReply looks like an AOP failure when the code is one, and like the
// gateway's otherwise (section 1a: the one omits result, the other has null).
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

// reset closes the connection with a TCP RST: what is unsent is thrown away.
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
		_ = tcp.SetLinger(0) // without it the close is merely early
	}
	_ = conn.Close() // reset or not, it is over
}
