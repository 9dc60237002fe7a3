package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// compare runs this provider and the official one through the life of the same zone and prints the tables of the README.
func (b *bench) compare(ctx context.Context, peer string, life bool) error {
	peer, err := filepath.Abs(peer)
	if err != nil {
		return err
	}
	if filepath.Base(peer) != "terraform-provider-cloudflare" {
		return fmt.Errorf("-peer: the CLI wants the binary to be called terraform-provider-cloudflare, not %s", filepath.Base(peer))
	}
	if err := describe(b.out, peer); err != nil {
		return fmt.Errorf("-peer: %w", err)
	}
	t, all := &comparison{out: b.out}, contenders(b.binary, peer)
	if life {
		if err := b.lives(ctx, t, all); err != nil {
			return err
		}
	}
	fmt.Fprintf(b.out, "\nA zone with one hostname, and what the next command of the CLI makes of this:\n\n")
	return b.probed(ctx, t, all[:2])
}

// lives runs the contenders through the life of a zone and prints what that cost.
func (b *bench) lives(ctx context.Context, t *comparison, all []contender) error {
	fmt.Fprintf(b.out, "\nOne zone: %d hostnames, %d hostname certificates, a zone certificate, the setting. Simulator: preset recorded, answers after %s.\n"+
		"Pending: what the edge did not have yet, or not lost yet, when the command had ended.\n"+
		"Bare: hostnames for which the edge had no working certificate at some time of the command.\n\n", comparedHostnames, comparedCertificates, latency)
	t.head("Provider", "Command", "Requests", "Wall time", "Exit", "Pending", "Bare")
	var keys [][]string
	for _, c := range all {
		found, err := b.live(ctx, t, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		keys = append(keys, []string{c.name, fmt.Sprint(found.state), fmt.Sprint(found.log)})
	}
	for _, text := range t.notes {
		fmt.Fprintln(b.out, "- "+text)
	}
	fmt.Fprintln(b.out)
	t.head("Provider", fmt.Sprintf("Keys in the state, of %d", comparedCertificates+1), "Keys in the log with TF_LOG=DEBUG")
	for _, row := range keys {
		t.row(row...)
	}
	return nil
}

// describe prints of what a binary was built.
func describe(out io.Writer, path string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	flags := ""
	for _, s := range info.Settings {
		if s.Key == "-ldflags" {
			flags = s.Value
		}
	}
	fmt.Fprintf(out, "Compared with %s %s, %s %s\n", info.Path, info.Main.Version, info.GoVersion, flags)
	return nil
}

// leaked is how many of a zone's private keys were found.
type leaked struct{ state, log int }

// live runs one provider through apply, plan, rotation, plan and destroy. Only the apply has to succeed.
func (b *bench) live(ctx context.Context, t *comparison, c contender) (leaked, error) {
	behaviour := simulator.Defaults()
	behaviour.Latency = simulator.Duration(latency)
	behaviour.HostnameCertificateQuota = 2 * comparedCertificates // a rotation has the old and the new ones for a while
	s, err := b.serve(ctx, behaviour)
	if err != nil {
		return leaked{}, err
	}
	defer s.close()
	if err := s.use(c.binary); err != nil {
		return leaked{}, err
	}
	keys, err := s.issuePairs("first")
	if err != nil {
		return leaked{}, err
	}
	if err := s.write("main.tf", c.zone(comparedCertificates, comparedHostnames)); err != nil {
		return leaked{}, err
	}
	if err := s.compared(ctx, t, c.name, "apply", apply...); err != nil {
		return leaked{}, err
	}
	found := leaked{state: s.holds("terraform.tfstate", keys)}
	s.waitForAll(ctx)
	_ = s.compared(ctx, t, c.name, "plan", plan...)
	if _, err = s.issuePairs("second"); err != nil {
		return leaked{}, err
	}
	_ = s.compared(ctx, t, c.name, "rotation", apply...)
	s.waitForAll(ctx)
	_ = s.compared(ctx, t, c.name, "plan", plan...)
	found.log, err = s.logged(ctx)
	s.waitForAll(ctx)
	_ = s.compared(ctx, t, c.name, "destroy", "destroy", "-auto-approve")
	return found, err
}

// logged exchanges all certificates once more, with TF_LOG=DEBUG, and counts the keys in the log.
func (s *scene) logged(ctx context.Context) (int, error) {
	keys, err := s.issuePairs("third")
	if err != nil {
		return 0, err
	}
	const name = "debug.log"
	plain := s.env
	s.env = slices.Concat(plain, []string{"TF_LOG=DEBUG", "TF_LOG_PATH=" + filepath.Join(s.dir, name)})
	_, _, _ = s.run(ctx, "apply", "-auto-approve")
	s.env = plain
	return s.holds(name, keys), nil
}

// compared runs a command and adds its row. It returns an error, with what was printed, if the command fails.
func (s *scene) compared(ctx context.Context, t *comparison, name, command string, args ...string) error {
	stop := s.watchEdge()
	m, out, err := s.run(ctx, args...)
	bare := stop()
	exit := "0"
	if err != nil {
		exit = err.Error()
	}
	pending := s.pending()
	if strings.HasPrefix(command, "plan") || command == "destroy" {
		bare = "" // nothing changes there, or everything is meant to go
	}
	t.row(name, command, fmt.Sprint(total(m.routes)), seconds(m.wall), exit, pending, bare)
	t.note(name, command, byRoute(m.routes))
	if err != nil {
		t.note(name, command, complaints(out))
		err = fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	return err
}

var complaint = regexp.MustCompile(`Error: [^\n]*|"code": ?\d+|\(code \d+\)`)

// complaints sums up the errors that a command printed: each text and each of the API's codes, with how often.
func complaints(out []byte) string {
	count := map[string]int{}
	for _, text := range complaint.FindAllString(string(out), -1) {
		count[text]++
	}
	var texts []string
	for _, text := range slices.Sorted(maps.Keys(count)) {
		texts = append(texts, fmt.Sprintf("%d times %s", count[text], text))
	}
	return strings.Join(texts, "; ")
}

// pending says what is on its way to the edge, or off it.
func (s *scene) pending() string {
	z := s.api.Dump().Zones[zoneID(0)]
	certificates, associations := 0, 0
	for _, c := range append(z.ZoneCertificates, z.HostnameCertificates...) {
		if c.Status != "active" && c.Status != "deleted" {
			certificates++
		}
	}
	for _, a := range z.Associations {
		if a.Status != "active" {
			associations++
		}
	}
	if certificates+associations == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d certificates, %d hostnames", certificates, associations)
}

// waitForAll waits until nothing is pending any more, so that one command's leftovers are not counted for the next.
func (s *scene) waitForAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for s.pending() != "nothing" && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// holds counts the keys of which a file has the second line, which is Base64 and therefore the same in every notation.
func (s *scene) holds(file string, keys []string) int {
	raw, _ := s.read(file) // what is not there holds no key
	n := 0
	for _, key := range keys {
		if line := strings.Split(key, "\n")[1]; strings.Contains(raw, line) {
			n++
		}
	}
	return n
}

// watchEdge asks the edge twenty times a second what it presents for each hostname, until the function that it returns is
// called. Hostnames that had a certificate once and later had none are counted.
func (s *scene) watchEdge() (stop func() string) {
	done, result := make(chan struct{}), make(chan string, 1)
	go func() {
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		had, lost := map[int]bool{}, map[int]bool{}
		for {
			select {
			case <-done:
				result <- fmt.Sprint(len(lost))
				return
			case <-ticker.C:
				for i := range comparedHostnames + 1 { // the last one has the zone's certificate
					if _, _, ok := s.api.Presents(zoneID(0), hostname(i)); ok {
						had[i] = true
					} else if had[i] {
						lost[i] = true
					}
				}
			}
		}
	}()
	return func() string { close(done); return <-result }
}

// comparison prints tables in Markdown, row by row.
type comparison struct {
	out   io.Writer
	notes []string // printed after the table, which a line within would end
}

func (t *comparison) note(name, command, text string) {
	t.notes = append(t.notes, name+", "+command+": "+text)
}

func (t *comparison) head(titles ...string) {
	t.row(titles...)
	fmt.Fprintln(t.out, "|"+strings.Repeat("---|", len(titles)))
}

func (t *comparison) row(cells ...string) {
	fmt.Fprintln(t.out, "| "+strings.Join(cells, " | ")+" |")
}
