package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// play plays a round. Its apply may fail, because of the injected faults.
func (p *player) play(ctx context.Context, r round) {
	for _, e := range r.edits {
		p.edit(e)
	}
	for _, i := range r.outside {
		p.happen(i)
	}
	p.world.age.Add(int64(r.days))
	p.log("configuration: %s", strings.Join(p.summary(), ", "))
	p.log("outside: %v, interrupt at %d, %d days later", r.outside, r.interrupt, r.days)
	for _, f := range r.faults {
		p.log("fault: %+v", f)
		p.world.Sim.AddFault(f)
	}
	if r.interrupt > 0 {
		p.world.bend(func(n int, next http.Handler, rw http.ResponseWriter, req *http.Request) {
			if n == r.interrupt {
				p.tally.interrupts++
				p.world.interrupt()
			}
			next.ServeHTTP(rw, req)
		})
	}
	err := p.apply(ctx)
	p.world.straighten()
	p.world.stopped.Store(false)
	p.world.Sim.ClearFaults()
	if err != nil && failedUpload.MatchString(err.Error()) {
		// The error advises to run the same command again. A user who changes the certificate first gets no further error about
		// an upload that succeeded without anybody seeing its id. So the player follows the advice.
		_ = p.converge(ctx) // the check at the end of the sequence finds what is still wrong
	}
}

var failedUpload = regexp.MustCompile(`_certificate\.\w+: (?:Unable to create|inconsistent final plan) `)

func (p *player) apply(ctx context.Context) error {
	p.tally.applies++
	before := len(p.world.Sim.Requests())
	err := p.tf.apply(ctx, p.configured())
	p.tf.replace = nil
	requests := p.world.Sim.Requests()[before:]
	p.forgotten = append(p.forgotten, p.unknownUploads(requests)...)
	for _, r := range requests[:min(len(requests), 200)] { // a failed deletion may have sent thousands of requests
		if strings.HasSuffix(r.Path, "/settings") || r.Method == http.MethodPost {
			r.Body = ""
		}
		p.log("  %s %s %s %d %s %s", r.Time.Format("05.000"), r.Method, strings.TrimPrefix(r.Path, "/client/v4/zones/"+zone), r.Status, r.Fault, r.Body)
	}
	p.log("apply: %v\nstate: %s", err, p.tf)
	return err
}

// unknownUploads returns the uploads that were answered although no state knows the certificate. It does not count
// uploads whose answer was lost, because an interrupted apply cannot know whether they succeeded.
func (p *player) unknownUploads(requests []simulator.Request) []string {
	known := map[string]bool{}
	for _, in := range p.tf.state {
		for _, o := range append(in.deposed, in.current) {
			if o != nil {
				known[o.text("id")] = true
			}
		}
	}
	uploads := map[string]bool{} // by fingerprint
	for _, r := range requests {
		var body struct{ Certificate string }
		if r.Method == http.MethodPost && r.Status == http.StatusOK && r.Fault == "" && json.Unmarshal([]byte(r.Body), &body) == nil {
			uploads[certpem.Fingerprint(body.Certificate)] = true
		}
	}
	var forgotten []string
	for _, c := range p.world.Live() {
		if uploads[c.Fingerprint] && !known[c.ID] && c.Status != "pending_deletion" {
			forgotten = append(forgotten, fmt.Sprintf("the upload of certificate %s (%s) was answered, and yet no state knows it", c.ID, c.Subject))
		}
	}
	return forgotten
}

func (p *player) summary() []string {
	var lines []string
	for _, address := range sorted(p.cfg) {
		line := strings.TrimPrefix(address, "origintls_")
		for name, pair := range p.pool {
			if p.cfg[address]["certificate"] == pair.Certificate {
				line += " = " + name
			}
		}
		if generate, ok := p.cfg[address]["generate"]; ok {
			line += fmt.Sprintf(" = %v", generate)
		}
		if ref, ok := p.cfg[address]["certificate_id"]; ok {
			line += fmt.Sprintf(" -> %s %v", ref, p.cfg[address]["enabled"])
		}
		if rows, ok := p.cfg[address]["associations"].(arguments); ok {
			for _, hostname := range sorted(rows) {
				line += fmt.Sprintf(" %s %v", hostname, rows[hostname])
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// importBlock matches a problem that advises an import. It captures the address and the import id.
var importBlock = regexp.MustCompile(`^(origintls_\w+\.\w+): (?:Unable to create|inconsistent final plan) (?s:.*)\n  id = "([^"]+)"`)

// converge applies without faults until an apply succeeds, at most three times. Between the applies, it follows the
// advice of the errors.
func (p *player) converge(ctx context.Context) error {
	err := p.apply(ctx)
	if err == nil {
		return nil
	}
	for range 2 { // an error, such as one about two addresses, may hide another one with advice of its own
		if more := p.followAdvice(ctx, err); more != nil {
			return errors.Join(err, more)
		}
		if err = p.apply(ctx); err == nil {
			return nil
		}
	}
	return err
}

// followAdvice imports or untaints what an error names, or moves or removes it in the state.
func (p *player) followAdvice(ctx context.Context, failed error) error {
	for one := range strings.SplitSeq(failed.Error(), separator) {
		if strings.Contains(one, "moved {") || strings.Contains(one, "destroy = false") {
			p.move()
		}
		m := importBlock.FindStringSubmatch(one)
		if m == nil {
			continue
		}
		p.tally.told++
		address, id := m[1], m[2]
		in := p.tf.state[address]
		if in != nil && in.current != nil && in.current.tainted && strings.HasSuffix(id, "/"+in.current.text("id")) {
			in.current.tainted = false
			continue
		}
		if old := deposed(in, id); old != nil {
			// The configuration returns to a certificate whose deletion failed. The deposed object blocks the upload, and Terraform
			// would delete it only after the upload. If the user restores the other configuration for one apply, that apply deletes it.
			if err := p.discard(ctx, address, old); err != nil {
				return fmt.Errorf("deleting what is deposed: %w", err)
			}
			continue
		}
		if in != nil && in.current != nil { // `terraform state mv`, as the error advises after an interrupted rotation
			p.tf.state[fmt.Sprintf("%s.former%d", typeOf(address), p.tally.told)] = in
			delete(p.tf.state, address)
		}
		if err := p.tf.importID(ctx, address, id); err != nil {
			return fmt.Errorf("doing as advised: %w", err)
		}
	}
	return nil
}

// move follows the advice of an error about two addresses of one object. If the new address is free, it does what
// `terraform state mv` and a moved block do, and otherwise what `terraform state rm` does.
func (p *player) move() {
	cfg := p.configured()
	for _, old := range sorted(p.tf.state) {
		in := p.tf.state[old]
		if cfg[old] != nil || in.current == nil {
			continue
		}
		for address, args := range cfg {
			same := in.current.text("fingerprint_sha256") != "" && in.current.text("fingerprint_sha256") == certpem.Fingerprint(fmt.Sprint(args["certificate"])) ||
				in.current.text("hostname") != "" && in.current.text("hostname") == args["hostname"] || typeOf(old) == typeOf(settingAddress)
			if typeOf(address) != typeOf(old) || !same {
				continue
			}
			p.tally.told++
			now := p.tf.state[address]
			switch {
			case now == nil:
				p.tf.state[address] = in
				delete(p.tf.state, old)
			case now.current == nil:
				now.current, in.current = in.current, nil
			case now.current.text("id") == in.current.text("id"):
				in.current = nil
			}
			if in.current == nil && len(in.deposed) == 0 {
				delete(p.tf.state, old)
			}
			break
		}
	}
}

// deposed returns the deposed object with this import id.
func deposed(in *instance, id string) *object {
	if in == nil {
		return nil
	}
	for _, o := range in.deposed {
		if strings.HasSuffix(id, "/"+o.text("id")) {
			return o
		}
	}
	return nil
}

// discard deletes a deposed object.
func (p *player) discard(ctx context.Context, address string, o *object) error {
	s, err := p.tf.configure(ctx)
	if err != nil {
		return err
	}
	return (&run{session: s, failed: map[string]bool{}}).remove(ctx, change{address: address, action: remove, object: o, deposed: true})
}
