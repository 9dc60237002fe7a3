// Package bench measures the provider at scale. The real CLI runs the real binary against the simulated API, for many hostnames, both
// as single resources and as one resource for each zone.
//
// It asserts nothing, because times depend on the machine. It is a test because it uses the harness of the acceptance tests. `make
// bench` builds what it needs and runs it. Other test runs skip it.
package bench

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const (
	latency = 50 * time.Millisecond
	deploy  = 2 * time.Second

	fiveZones = 5
	zoneSize  = 1000 // the largest number of hostnames that ten certificates can serve
)

var (
	provider = flag.String("provider", "", "the built `binary` terraform-provider-origintls, without -race")
	before   = flag.String("before", "", "another built `binary` of the provider, such as the last release's: its plans are measured as well")
	peer     = flag.String("peer", "", "a built `binary` terraform-provider-cloudflare: only compare the two, on the life of one zone")
	sizes    = flag.String("sizes", "10,100,1000", "`numbers` of hostnames in one zone, each at most 1000")
	life     = flag.Bool("life", true, "measure apply, plan and destroy on an API with latency; the plans without latency alone take two minutes")
	zones5   = flag.Bool("zones5", true, "measure 5,000 hostnames in five zones as well")
	waits    = flag.Bool("waits", true, "measure how close waiting comes to the deployments that are waited for")
	singles  = flag.Int("singles", zoneSize, "the largest `number` of hostnames to apply as single resources")
)

func TestBench(t *testing.T) {
	if *provider == "" {
		t.Skip("takes minutes and asserts nothing: make bench runs it")
	}
	// Ctrl-C interrupts the CLI, which is in the same process group. The CLI then fails, which ends this test in an orderly way.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	info, err := os.Stat(*provider)
	acctest.NoError(t, err)
	fmt.Printf("%s/%s, %d cores, %s\nBinary: %s.\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), os.Getenv("TF_ACC_TERRAFORM_PATH"), megabytes(info.Size()))
	if *peer != "" {
		compare(t)
		return
	}
	if *waits {
		measureWaits(t)
	}
	if *life {
		measureLives(t)
	}
	measurePlans(t)
}

// measureLives measures apply, plan and destroy with an API that has latency and takes time to deploy.
func measureLives(t *testing.T) {
	t.Helper()
	fmt.Printf("\nAn API with %s latency that deploys in %s; ten certificates a zone, which are resources of the same apply.\n"+
		"deploying: time in which something written was being deployed or removed, and its share of the wall time.\n"+
		"peak: memory of the provider's process (VmHWM). CPU: user and system time of the provider and of the CLI. Both are known on Linux only.\n\n", latency, deploy)
	head()
	var layouts []layout
	for size := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > zoneSize {
			t.Fatalf("-sizes: %q is not a number from 1 to %d", size, zoneSize)
		}
		layouts = append(layouts, layout{1, n, bulk})
		if n <= *singles {
			layouts = append(layouts, layout{1, n, single})
		}
	}
	if *zones5 { // as single resources, this many would take half an hour
		layouts = append(layouts, layout{fiveZones, zoneSize, bulk})
	}
	for _, l := range layouts {
		s := newScene(t, l, latency, deploy)
		for _, command := range [][]string{apply, plan, destroy} {
			l.row(command[0], s.measure(command...))
		}
	}
}

// measurePlans measures the local cost of a plan without changes, also with the provider of -before.
func measurePlans(t *testing.T) {
	t.Helper()
	fmt.Print("\nNo latency: the plan that finds nothing to do.\nfloor: as many terraform_data, without any provider.\n\n")
	head()
	layouts := []layout{{1, zoneSize, floor}, {1, zoneSize, single}}
	if *zones5 {
		layouts = append(layouts, layout{fiveZones, zoneSize, bulk})
	}
	for _, l := range layouts {
		s := newScene(t, l, 0, 10*time.Millisecond)
		s.measure(apply...)
		now := s.measure(plan...)
		l.row("plan", now)
		if *before == "" || l.way == floor {
			continue
		}
		s.use(*before)
		then := s.measure(plan...)
		l.row("-before", then)
		fmt.Printf("%9s  CPU of provider and CLI: %s in place of %s, %.0f %% less\n", "",
			seconds(now.cpu), seconds(then.cpu), 100*(1-now.cpu.Seconds()/then.cpu.Seconds()))
	}
}

// measureWaits compares an apply of single associations with the least time that it needs. The CLI works on ten at a time, so it needs
// a tenth as many deployments in a row. The API answers immediately, so the rest of the time is that of the provider's waiting and
// of the CLI.
func measureWaits(t *testing.T) {
	t.Helper()
	const associations, atOnce = 100, 10
	fmt.Printf("\nWaits: %d single associations on one certificate, which exists. floor: %d deployments in a row.\n\n", associations, associations/atOnce)
	const row = "%10v  %8v  %8v  %6v  %8v\n"
	fmt.Printf(row, "deployment", "floor", "wall", "ratio", "requests")
	for _, deploy := range []time.Duration{700 * time.Millisecond, 2 * time.Second, 5 * time.Second} {
		s := newScene(t, layout{1, associations, single}, 0, deploy)
		certificates := append([]string{"apply", "-target=origintls_hostname_certificate.z0"}, apply[1:]...)
		s.measure(certificates...)
		// A second apply of the same configuration takes the time that the CLI itself needs to start.
		least := s.measure(certificates...).wall + associations/atOnce*deploy
		m := s.measure(apply...)
		fmt.Printf(row, deploy, seconds(least), seconds(m.wall), fmt.Sprintf("%.2f", m.wall.Seconds()/least.Seconds()), total(m.routes))
	}
}

// newScene serves an API whose deployments take deploy, and writes the configuration of a layout.
func newScene(t *testing.T, l layout, latency, deploy time.Duration) *scene {
	t.Helper()
	s := serve(t, deploy, func(b *simulator.Behaviour) { b.Latency = simulator.Duration(latency) })
	s.use(*provider)
	if l.way != floor {
		s.cli.Write("certificates.tf", certificatesHCL(t, l.zones))
	}
	s.cli.Write("associations.tf", associationsHCL(l))
	return s
}

// serve serves an API and creates an empty working directory.
func serve(t *testing.T, deploy time.Duration, change func(*simulator.Behaviour)) *scene {
	t.Helper()
	w := acctest.New(t, func(b *simulator.Behaviour) {
		*b = simulator.Defaults()
		d := simulator.Duration(deploy)
		b.DeployAfter, b.AssociateAfter, b.VoidAfter, b.DeleteAfter = d, d, d, d
		change(b)
	})
	return &scene{World: w, t: t, cli: w.CLI(t), deploy: deploy}
}
