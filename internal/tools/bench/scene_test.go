package bench

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// scene is a simulated API and a working directory for the CLI.
type scene struct {
	*acctest.World

	t      *testing.T
	cli    *acctest.CLI
	binary string // the path of the provider's binary
	deploy time.Duration
}

var (
	apply   = []string{"apply", "-auto-approve", "-no-color"}
	plan    = []string{"plan", "-detailed-exitcode", "-no-color"}
	destroy = []string{"destroy", "-auto-approve", "-no-color"}
)

// use copies the provider's binary, which must have the name terraform-provider-NAME, and makes the CLI run the copy. So the measurement
// includes no other process of the same binary.
func (s *scene) use(binary string) {
	s.t.Helper()
	dir := s.t.TempDir()
	s.binary = filepath.Join(dir, filepath.Base(binary))
	acctest.WriteFile(s.t, s.binary, acctest.ReadFile(s.t, binary))
	name := strings.TrimPrefix(filepath.Base(binary), "terraform-provider-")
	s.cli.Override(name+"/"+name, dir)
}

// measurement is the cost of a command of the CLI.
type measurement struct {
	wall, deploying time.Duration
	provider        usage
	cpu             time.Duration // the total of the CLI and the provider
	routes          map[string]int
}

// measure runs a command, which must succeed.
func (s *scene) measure(args ...string) measurement {
	s.t.Helper()
	m, r := s.run(args...)
	if r.Code != 0 {
		s.t.Fatalf("%s: exit code %d\n%s", args[0], r.Code, r.Output)
	}
	return m
}

// run runs a command. It returns its cost and its result.
func (s *scene) run(args ...string) (measurement, acctest.Result) {
	s.t.Helper()
	s.Sim.ClearRequests()
	cmd, out := s.cli.Command(args...)
	cmd.SysProcAttr = nil // the same process group, so that Ctrl-C reaches the CLI
	stop := watchProcesses(s.binary)
	started := time.Now()
	err := cmd.Run()
	ended := time.Now()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	requests := s.Sim.Requests()
	return measurement{
		wall: ended.Sub(started), provider: stop(), deploying: deploying(requests, s.deploy, ended), routes: acctest.Routes(requests),
		// The times of a process include those of the children that it has waited for, such as the provider's.
		cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
	}, acctest.Result{Code: cmd.ProcessState.ExitCode(), Output: out.String()}
}

// deploying returns for how long, until end, at least one object was being deployed to the edge or removed from it. Every write that the
// API accepted takes each.
func deploying(requests []simulator.Request, each time.Duration, end time.Time) time.Duration {
	var sum time.Duration
	var until time.Time
	for _, r := range requests { // in the order of arrival
		if r.Method == http.MethodGet || r.Status != http.StatusOK {
			continue
		}
		from, to := r.Time, r.Time.Add(each)
		if from.Before(until) {
			from = until
		}
		if to.After(end) {
			to = end
		}
		if to.After(from) {
			sum += to.Sub(from)
			until = to
		}
	}
	return sum
}

// way is how the configuration declares the hostnames.
type way string

const (
	single way = "single" // one origintls_hostname_association for each hostname
	bulk   way = "bulk"   // one origintls_hostname_associations for each zone
	floor  way = "floor"  // terraform_data, which is built into the CLI: the least that this number of resources costs
)

// layout is a configuration to measure.
type layout struct {
	zones, hostnames int // hostnames is the number in each zone
	way              way
}

const certificatesPerZone = 10 // the documented limit

func zoneID(i int) string { return fmt.Sprintf("%032x", i+1) }

func hostname(i int) string { return fmt.Sprintf("h%d.example.com", i) }

// certificatesHCL is the HCL of ten certificates for each zone.
func certificatesHCL(t *testing.T, zones int) string {
	t.Helper()
	var hcl strings.Builder
	for z := range zones {
		fmt.Fprintf(&hcl, "locals {\n  z%d = [\n", z)
		for c := range certificatesPerZone {
			pair := certtest.Leaf(t, fmt.Sprintf("zone %d certificate %d", z, c))
			fmt.Fprintf(&hcl, "    { certificate = %q, key = %q },\n", pair.Certificate, pair.PrivateKey)
		}
		fmt.Fprintf(&hcl, `  ]
}
resource "origintls_hostname_certificate" "z%[1]d" {
  count       = %[2]d
  zone_id     = %[3]q
  certificate = local.z%[1]d[count.index].certificate
  private_key = local.z%[1]d[count.index].key
}
`, z, certificatesPerZone, zoneID(z))
	}
	return hcl.String()
}

// associationsHCL is the HCL of the associations. It spreads the hostnames evenly over the certificates of their zone.
func associationsHCL(l layout) string {
	// The hostnames are a local value. The CLI evaluates for_each for each instance again, so an expression with a thousand hostnames in
	// for_each would cost several times as much as the plan.
	const hostnames = `locals {
  hostnames%[1]d = { for i in range(%[2]d) : "h${i}.example.com" => i }
}
`
	const one = hostnames + `resource "origintls_hostname_association" "z%[1]d" {
  for_each       = local.hostnames%[1]d
  zone_id        = %[3]q
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.z%[1]d[each.value %% %[4]d].id
}
`
	const all = `resource "origintls_hostname_associations" "z%[1]d" {
  zone_id      = %[3]q
  associations = { for i in range(%[2]d) : "h${i}.example.com" => { certificate_id = origintls_hostname_certificate.z%[1]d[i %% %[4]d].id } }
}
`
	const least = hostnames + `resource "terraform_data" "z%[1]d" {
  for_each = local.hostnames%[1]d
  input    = { zone_id = %[3]q, hostname = each.key, certificate = each.value %% %[4]d }
}
`
	text := map[way]string{single: one, bulk: all, floor: least}[l.way]
	var hcl strings.Builder
	for z := range l.zones {
		fmt.Fprintf(&hcl, text, z, l.hostnames, zoneID(z), certificatesPerZone)
	}
	return hcl.String()
}

// Each row is printed as soon as it is measured, because the last ones come minutes after the first.
const columns = "%9v  %5v  %-6s  %-7s  %8v  %8s  %8s  %9s  %9s  %9s  %-5s  %s\n"

func head() {
	fmt.Printf(columns, "hostnames", "zones", "way", "command", "requests", "wall", "peak", "CPU prov.", "CPU CLI", "deploying", "share", "requests by route")
}

func (l layout) row(command string, m measurement) {
	fmt.Printf(columns, l.zones*l.hostnames, l.zones, l.way, command, total(m.routes),
		seconds(m.wall), megabytes(m.provider.peak), seconds(m.provider.cpu), seconds(m.cpu-m.provider.cpu), seconds(m.deploying),
		fmt.Sprintf("%.0f %%", 100*m.deploying.Seconds()/m.wall.Seconds()), byRoute(m.routes))
}

func total(routes map[string]int) int {
	n := 0
	for _, one := range routes {
		n += one
	}
	return n
}

func byRoute(routes map[string]int) string {
	var texts []string
	for _, route := range slices.Sorted(maps.Keys(routes)) {
		texts = append(texts, fmt.Sprintf("%d %s", routes[route], route))
	}
	return strings.Join(texts, ", ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func megabytes(n int64) string {
	if n == 0 {
		return "?"
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
