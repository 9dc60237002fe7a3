// Command origintls-simulator serves the simulated API. It is a tool for tests and demonstrations, and not for
// production: anybody who can connect to it can read and change everything through /_sim/.
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
	"runtime/debug"
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

// version is set by the linker flags of a release. Otherwise, it is the module's version, as with go run …@VERSION.
var version string

func versionOf() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

type settings struct {
	listen      string
	allowRemote bool
	version     bool
	preset      simulator.Preset
	behaviour   simulator.Behaviour
}

// parse reads the flags. The file overrides the preset, and durations on the command line override both.
func parse(args []string, stderr io.Writer) (settings, error) {
	set := settings{behaviour: simulator.Defaults()}
	flags := flag.NewFlagSet("origintls-simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&set.listen, "listen", "127.0.0.1:8787", "address to listen on; port 0 chooses a free port")
	flags.BoolVar(&set.allowRemote, "allow-remote", false, "allow an address that other machines can connect to")
	flags.BoolVar(&set.version, "version", false, "print the version and exit")
	preset := flags.String("preset", string(simulator.PresetRecorded), "values for all options: recorded, documented or strict (see the README)")
	file := flags.String("behaviour", "", "JSON `file` with options that override the preset")
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
	for name := range durations {
		given[name] = flags.Duration(name, 0, "option "+name+"; if it is not given, the preset or the file decides (see the README)")
	}
	if err := flags.Parse(args); err != nil {
		return set, err
	}
	if flags.NArg() > 0 {
		return set, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var err error
	if set.preset, err = simulator.ParsePreset(*preset); err != nil {
		return set, err
	}
	set.behaviour = set.preset.Behaviour()
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
	data, err := os.ReadFile(file) //nolint:gosec // the user chooses the file
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
	if set.version {
		fmt.Fprintf(stdout, "origintls-simulator %s\n", versionOf())
		return nil
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
	fmt.Fprintf(stderr, "Simulated Cloudflare API, for tests only; preset %s. Its page: %s/_sim/. Stop with Ctrl-C.\n", set.preset, root)

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
		return server.Close() // cut off answers that are too slow
	}
	return nil
}

// allowed returns an error for an address that other machines can connect to, unless the user has allowed that: the
// control API requires no credentials.
func allowed(set settings) error {
	host, _, err := net.SplitHostPort(set.listen)
	if err != nil {
		return err
	}
	ip := net.ParseIP(host)
	if set.allowRemote || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("other machines can connect to -listen %s, and the simulator has no access control; to allow this, set -allow-remote", set.listen)
}
