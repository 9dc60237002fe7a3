package bench

import (
	"debug/buildinfo"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// compare runs this provider and the official one through the life of the same zone, and prints the tables of the README.
func compare(t *testing.T) {
	t.Helper()
	if filepath.Base(*peer) != "terraform-provider-cloudflare" {
		t.Fatalf("-peer: the CLI requires the name terraform-provider-cloudflare for the binary, not %s", filepath.Base(*peer))
	}
	info, err := buildinfo.ReadFile(*peer)
	if err != nil {
		t.Fatalf("-peer: %v", err)
	}
	fmt.Printf("Compared with %s %s, %s\n", info.Path, info.Main.Version, info.GoVersion)
	if *life {
		compareLives(t)
	}
	fmt.Printf("\nA zone with one hostname, and what the next command of the CLI makes of this:\n\n")
	compareProbes(t, contenders()[:2])
}

// compareLives runs the contenders through the life of a zone and prints what each command cost.
func compareLives(t *testing.T) {
	t.Helper()
	fmt.Printf("\nOne zone: %d hostnames, %d hostname certificates, a zone certificate, the setting. Simulator: preset recorded, answers after %s.\n"+
		"Pending: what the edge did not have yet, or not lost yet, when the command had ended.\n"+
		"Bare: hostnames for which the edge had no working certificate at some time of the command.\n\n", comparedHostnames, comparedCertificates, latency)
	titles("Provider", "Command", "Requests", "Wall time", "Exit", "Pending", "Bare")
	var keys, notes []string // printed after the table, because another line within it would end it
	for _, c := range contenders() {
		l := newLived(t, c)
		inState, inLog := l.live()
		keys = append(keys, fmt.Sprintf("| %s | %d | %d |", c.name, inState, inLog))
		notes = append(notes, l.notes...)
	}
	fmt.Println(strings.Join(notes, "\n") + "\n")
	titles("Provider", fmt.Sprintf("Keys in the state, of %d", comparedCertificates+1), "Keys in the log with TF_LOG=DEBUG")
	fmt.Println(strings.Join(keys, "\n"))
}

// titles prints the header of a Markdown table.
func titles(titles ...string) {
	fmt.Printf("| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat("---|", len(titles)))
}

// lived is a contender with the zone of the comparison.
type lived struct {
	*scene

	name  string
	notes []string
}

func newLived(t *testing.T, c contender) *lived {
	t.Helper()
	l := &lived{name: c.name, scene: serve(t, deploy, func(b *simulator.Behaviour) {
		b.Latency = simulator.Duration(latency)
		b.HostnameCertificateQuota = 2 * comparedCertificates // during a rotation, the old and the new certificates exist side by side
	})}
	l.use(c.binary)
	l.cli.Write("provider.tf", "")
	l.cli.Write("main.tf", c.zone(comparedCertificates, comparedHostnames))
	return l
}

// live runs the provider through apply, plan, rotation, plan and destroy. Only the apply has to succeed. It returns how many of the
// zone's private keys are in the state, and how many are in the log.
func (l *lived) live() (inState, inLog int) {
	l.t.Helper()
	keys := l.issuePairs("first")
	if !l.command("apply", apply...) {
		l.t.Fatalf("%s: the apply failed: %v", l.name, l.notes)
	}
	inState = l.holds("terraform.tfstate", keys)
	l.waitForAll()
	l.command("plan", plan...)
	l.issuePairs("second")
	l.command("rotation", apply...)
	l.waitForAll()
	l.command("plan", plan...)

	// All certificates are replaced a second time, with a log.
	keys, plain := l.issuePairs("third"), l.cli.Env
	l.cli.Env = slices.Concat(plain, []string{"TF_LOG=DEBUG", "TF_LOG_PATH=" + filepath.Join(l.cli.Dir(), "debug.log")})
	l.run(apply...)
	l.cli.Env = plain
	inLog = l.holds("debug.log", keys)
	l.waitForAll()
	l.command("destroy", destroy...)
	return inState, inLog
}

// command runs a command and prints its row. It reports whether the command succeeded.
func (l *lived) command(name string, args ...string) bool {
	l.t.Helper()
	stop := l.watchEdge()
	m, r := l.run(args...)
	bare, pending := stop(), l.pending()
	if args[0] != "apply" {
		bare = "" // the command changes nothing, or is meant to remove everything
	}
	fmt.Printf("| %s | %s | %d | %s | %d | %s | %s |\n", l.name, name, total(m.routes), seconds(m.wall), r.Code, pending, bare)
	l.notes = append(l.notes, fmt.Sprintf("- %s, %s: %s %s", l.name, name, byRoute(m.routes), complaints(r.Output)))
	return r.Code == 0
}

var complaint = regexp.MustCompile(`Error: [^\n]*|"code": ?\d+|\(code \d+\)`)

// complaints summarises the errors that a command printed: each text and each of the API's codes, with their numbers.
func complaints(out string) string {
	count := map[string]int{}
	for _, text := range complaint.FindAllString(out, -1) {
		count[text]++
	}
	var texts []string
	for _, text := range slices.Sorted(maps.Keys(count)) {
		texts = append(texts, fmt.Sprintf("%d times %s", count[text], text))
	}
	return strings.Join(texts, "; ")
}

// pending returns what is being deployed to the edge or removed from it.
func (s *scene) pending() string {
	z := s.Sim.Dump().Zones[zoneID(0)]
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

// waitForAll waits until nothing is pending, so that what one command has left is not counted for the next.
func (s *scene) waitForAll() { s.Until(func() bool { return s.pending() == "nothing" }) }

// holds returns how many of the keys are in a file. It searches for the second line of each, which is Base64 and therefore looks the same
// in every notation.
func (s *scene) holds(file string, keys []string) int {
	text, n := s.cli.Read(file), 0
	for _, key := range keys {
		if strings.Contains(text, strings.Split(key, "\n")[1]) {
			n++
		}
	}
	return n
}

// watchEdge checks twenty times a second what the edge presents for each hostname, until the returned function is called. That function
// returns how many hostnames had a certificate at some time and none later.
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
				for i := range comparedHostnames + 1 { // the last hostname has the zone's certificate
					if _, _, ok := s.Sim.Presents(zoneID(0), hostname(i)); ok {
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
