// Command demo shows the provider at work, without an account. It serves the simulated API on a loopback port, starts an origin that
// requires client certificates, and runs the provider with the real Terraform or OpenTofu. It measures everything that it prints: what
// the edge presents to the origin, how many connections fail, and what the state contains.
//
// It exits with 1 as soon as a command fails, or a step does not do what its title says. `make demo` builds what it needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// options are the values of the command line.
type options struct {
	provider string        // the built binary
	cli      string        // the Terraform or OpenTofu to run
	deploy   time.Duration // how long the simulated edge takes to deploy or delete
	screen   *screen
}

func main() {
	provider := flag.String("provider", "", "the built `binary` terraform-provider-origintls")
	cli := flag.String("cli", "terraform", "the Terraform or OpenTofu `command` to run")
	deploy := flag.Duration("deploy", 2*time.Second, "how long the simulated edge takes to deploy a change")
	record := flag.String("record", "", "write what the terminal shows to an animated SVG `file`")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	screen := newScreen(os.Stdout)
	if *record != "" {
		screen.record()
	}
	err := run(ctx, options{*provider, *cli, *deploy, screen})
	if err == nil && *record != "" {
		err = screen.recording.write(*record)
	}
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "\ninterrupted; cleaned up")
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "\ndemo FAILED: %v\n", err)
		os.Exit(1)
	}
}

// run plays the demo. Everything that it creates on the machine is in one temporary directory. It removes that directory unless the demo
// fails, because the log is in it.
func run(ctx context.Context, o options) (err error) {
	if o.provider, err = filepath.Abs(o.provider); err != nil {
		return err
	}
	if _, err := os.Stat(o.provider); err != nil {
		return fmt.Errorf("no provider to show (-provider): %w", err)
	}
	if o.cli, err = exec.LookPath(o.cli); err != nil {
		return fmt.Errorf("no CLI to run the provider with (-cli): %w", err)
	}
	dir, err := os.MkdirTemp("", "origintls-demo-")
	if err != nil {
		return err
	}
	logPath := filepath.Join(dir, "demo.log")
	defer func() {
		if err == nil || ctx.Err() != nil {
			err = errors.Join(err, os.RemoveAll(dir))
			return
		}
		err = fmt.Errorf("%w\nfull output of every command: %s", err, logPath)
	}()

	ca, err := certtest.New("Demo CA", certtest.Pair{}, nil, certtest.Authority)
	if err != nil {
		return err
	}
	world, err := newWorld(ctx, o.deploy, ca)
	if err != nil {
		return err
	}
	defer world.close()
	runner, err := newRunner(dir, logPath, o, world.url())
	if err != nil {
		return err
	}
	defer runner.close()
	s := &story{ca: ca, world: world, runner: runner, screen: o.screen, dir: filepath.Join(dir, "work")}
	return s.run(ctx)
}
