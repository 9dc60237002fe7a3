// Command demo shows the provider at work, without an account: it serves the simulated API on a
// loopback port, lets the real Terraform or OpenTofu run the provider against it, and after each
// step prints what the API holds and checks that it is what the step promised.
//
// It ends with 1 as soon as a command or a check fails. `make demo` builds what it needs.
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
)

func main() {
	provider := flag.String("provider", "", "the built `binary` terraform-provider-origintls")
	cli := flag.String("cli", "terraform", "the Terraform or OpenTofu `command` to run")
	deploy := flag.Duration("deploy", 2*time.Second, "how long the simulated edge takes to deploy a change")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *provider, *cli, *deploy)
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

// run owns what the demo leaves on the machine: one temporary directory, kept only on failure, for
// the log in it.
func run(ctx context.Context, provider, cli string, deploy time.Duration) (err error) {
	if provider, err = filepath.Abs(provider); err != nil {
		return err
	}
	if _, err := os.Stat(provider); err != nil {
		return fmt.Errorf("no provider to show (-provider): %w", err)
	}
	if cli, err = exec.LookPath(cli); err != nil {
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

	world, err := newWorld(ctx, deploy)
	if err != nil {
		return err
	}
	defer world.close()
	runner, err := newRunner(dir, logPath, cli, provider, world.url())
	if err != nil {
		return err
	}
	defer runner.close()
	return tell(ctx, dir, world, runner)
}
