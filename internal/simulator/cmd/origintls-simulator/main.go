// Command origintls-simulator serves the simulated API. It is a tool for
// tests and demonstrations, not for production: anybody who reaches it can
// read and change everything through /_sim/.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "origintls-simulator:", err)
		}
		stop()
		os.Exit(2) //nolint:gocritic // stop was called
	}
}

type settings struct {
	listen      string
	allowRemote bool
	behaviour   simulator.Behaviour
}

// parse reads the flags. Those given on the command line win over the file.
func parse(args []string, stderr io.Writer) (settings, error) {
	set := settings{behaviour: simulator.Defaults()}
	flags := flag.NewFlagSet("origintls-simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&set.listen, "listen", "127.0.0.1:8787", "address to listen on; port 0 takes a free one")
	flags.BoolVar(&set.allowRemote, "allow-remote", false, "allow an address that other machines can reach")
	file := flags.String("behaviour", "", "JSON `file` with the behaviour, on top of the defaults")
	durations := map[string]*simulator.Duration{
		"deploy-after":    &set.behaviour.DeployAfter,
		"associate-after": &set.behaviour.AssociateAfter,
		"void-after":      &set.behaviour.VoidAfter,
		"delete-after":    &set.behaviour.DeleteAfter,
		"tombstone-for":   &set.behaviour.TombstoneFor,
		"list-lag":        &set.behaviour.ListLag,
		"status-lag":      &set.behaviour.StatusLag,
		"write-takes":     &set.behaviour.WriteTakes,
		"latency":         &set.behaviour.Latency,
	}
	given := map[string]*time.Duration{}
	for name, d := range durations {
		given[name] = flags.Duration(name, time.Duration(*d), "behaviour "+name+" (see the README)")
	}
	if err := flags.Parse(args); err != nil {
		return set, err
	}
	if flags.NArg() > 0 {
		return set, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *file != "" {
		if err := readBehaviour(*file, &set.behaviour); err != nil {
			return set, err
		}
	}
	flags.Visit(func(f *flag.Flag) {
		if d := durations[f.Name]; d != nil {
			*d = simulator.Duration(*given[f.Name])
		}
	})
	return set, set.behaviour.Validate()
}

func readBehaviour(file string, into *simulator.Behaviour) error {
	data, err := os.ReadFile(file) //nolint:gosec // the user names the file
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// run serves until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	set, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if err := allowed(set); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", set.listen)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           simulator.New(simulator.Options{Behaviour: set.behaviour}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	root := "http://" + listener.Addr().String()
	fmt.Fprintf(stdout, "CLOUDFLARE_BASE_URL=%s/client/v4\n", root)
	fmt.Fprintf(stderr, "Simulated Cloudflare API, for tests only. Control path: %s/_sim/. Stop with Ctrl-C.\n", root)

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return server.Close() // slow answers are cut off
	}
	return nil
}

// allowed refuses an address beyond this machine unless asked: the control
// path knows no credentials.
func allowed(set settings) error {
	host, _, err := net.SplitHostPort(set.listen)
	if err != nil {
		return err
	}
	ip := net.ParseIP(host)
	if set.allowRemote || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("-listen %s can be reached from other machines; the simulator has no access control (-allow-remote overrides)", set.listen)
}
