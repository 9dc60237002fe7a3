// Command bench measures the provider at scale: the real CLI and the real binary against the simulated
// API, for many hostnames, both as single resources and in one resource for all of a zone.
//
// It asserts nothing: times depend on the machine. `make bench` builds what it needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	latency = 50 * time.Millisecond
	deploy  = 2 * time.Second

	fiveZones = 5
	zoneSize  = 1000 // ten certificates serve no more

	name = "terraform-provider-origintls"
)

// options are what the flags say.
type options struct {
	provider, cli string
	before        string // another build of this provider, to compare with
	peer          string // the official provider, to compare with in place of everything else
	sizes         []int
	life, zones5  bool
	waits         bool
	singles       int
}

func main() {
	var o options
	var sizes string
	flag.StringVar(&o.provider, "provider", "", "the built `binary` terraform-provider-origintls, without -race")
	flag.StringVar(&o.before, "before", "", "another built `binary` of the provider, such as the last release's: its plans are measured beside")
	flag.StringVar(&o.peer, "peer", "", "a built `binary` terraform-provider-cloudflare: only compare the two, on the life of one zone")
	flag.StringVar(&o.cli, "cli", "terraform", "the Terraform or OpenTofu `command` to run")
	flag.StringVar(&sizes, "sizes", "10,100,1000", "`numbers` of hostnames in one zone, each at most 1000")
	flag.BoolVar(&o.life, "life", true, "measure apply, plan and destroy on an API with latency; the plans without latency alone take two minutes")
	flag.BoolVar(&o.zones5, "zones5", true, "measure 5,000 hostnames in five zones as well")
	flag.BoolVar(&o.waits, "waits", true, "measure how close waiting comes to the deployments that are waited for")
	flag.IntVar(&o.singles, "singles", zoneSize, "the largest `number` of hostnames to apply as single resources")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if o.sizes, err = numbers(sizes); err == nil {
		err = run(ctx, os.Stdout, o)
	}
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench FAILED: %v\n", err)
		os.Exit(1)
	}
}

func numbers(list string) ([]int, error) {
	var out []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > zoneSize {
			return nil, fmt.Errorf("-sizes: %q is not a number from 1 to %d", text, zoneSize)
		}
		out = append(out, n)
	}
	return out, nil
}

// run owns what the program leaves on the machine: one temporary directory.
func run(ctx context.Context, out io.Writer, o options) (err error) {
	if err := checkBinary(o.provider); err != nil {
		return err
	}
	cli, err := exec.LookPath(o.cli)
	if err != nil {
		return fmt.Errorf("no CLI to run the provider with (-cli): %w", err)
	}
	dir, err := os.MkdirTemp("", "origintls-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// Under a path of its own, so that no other process of the same binary is measured.
	binary, before := filepath.Join(dir, "provider", name), ""
	if err := copyFile(o.provider, binary); err != nil {
		return err
	}
	if o.before != "" {
		before = filepath.Join(dir, "before", name)
		if err := errors.Join(checkBinary(o.before), copyFile(o.before, before)); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%s/%s, %d cores, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), filepath.Base(cli))
	if err := size(out, binary); err != nil {
		return err
	}
	b := &bench{out: out, dir: dir, binary: binary, before: before, cli: cli}
	if o.peer != "" {
		return b.compare(ctx, o.peer, o.life)
	}
	if o.waits {
		if err := b.waits(ctx); err != nil {
			return err
		}
	}
	if o.life {
		if err := b.deployed(ctx, o); err != nil {
			return err
		}
	}
	return b.plans(ctx, o)
}

// bench is what the measurements share.
type bench struct {
	out      io.Writer
	dir, cli string
	binary   string // the provider's
	before   string // the one to compare with, or ""
	runs     int
}

// deployed measures whole lives on an API with latency and deployments.
func (b *bench) deployed(ctx context.Context, o options) error {
	fmt.Fprintf(b.out, "\nAn API with %s latency that deploys in %s; ten certificates a zone, which are resources of the same apply.\n"+
		"deploying: time in which something written was being deployed or removed, and its share of the wall time.\n"+
		"peak: memory of the provider's process (VmHWM). CPU: user and system time of the provider and of the CLI. Both are known on Linux only.\n\n", latency, deploy)
	t := newTable(b.out)
	var left []string
	for _, n := range o.sizes {
		for _, w := range []way{bulk, single} {
			if w == single && n > o.singles {
				left = append(left, fmt.Sprintf("%d hostnames as single resources: more than -singles=%d.", n, o.singles))
				continue
			}
			if err := b.life(ctx, t, layout{zones: 1, hostnames: n, way: w}); err != nil {
				return err
			}
		}
	}
	if o.zones5 {
		if err := b.life(ctx, t, layout{zones: fiveZones, hostnames: zoneSize, way: bulk}); err != nil {
			return err
		}
		left = append(left, "5,000 hostnames as single resources: the CLI's ten operations at a time, each some deployments long, would take half an hour..")
	}
	for _, text := range left {
		fmt.Fprintln(b.out, "Not measured: "+text)
	}
	return nil
}

// life measures apply, plan and destroy.
func (b *bench) life(ctx context.Context, t *table, l layout) error {
	s, err := b.scene(ctx, l, latency, deploy)
	if err != nil {
		return err
	}
	defer s.close()
	for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan", "-detailed-exitcode"}, {"destroy", "-auto-approve"}} {
		m, err := s.measure(ctx, args...)
		if err != nil {
			return err
		}
		t.row(l, args[0], m)
	}
	return nil
}
