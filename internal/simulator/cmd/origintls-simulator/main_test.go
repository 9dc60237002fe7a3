package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

func TestParse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "b.json")
	if err := os.WriteFile(file, []byte(`{"deploy_after":"7s","void_after":"8s","put_answers_all":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := parse([]string{"-behaviour", file, "-deploy-after", "1s", "-latency", "5ms"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	b := set.behaviour
	if time.Duration(b.DeployAfter) != time.Second || time.Duration(b.VoidAfter) != 8*time.Second ||
		time.Duration(b.Latency) != 5*time.Millisecond || time.Duration(b.DeleteAfter) != 2*time.Second || !b.PutAnswersAll {
		t.Errorf("behaviour is %+v", b)
	}
	set, err = parse([]string{"-preset", "strict", "-behaviour", file, "-list-lag", "0s"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := simulator.PresetStrict.Behaviour()
	want.DeployAfter, want.VoidAfter, want.ListLag = simulator.Duration(7*time.Second), simulator.Duration(8*time.Second), 0
	if !reflect.DeepEqual(set.behaviour, want) {
		t.Errorf("under strict the behaviour is %+v", set.behaviour)
	}
}

func TestVersion(t *testing.T) {
	version = "1.2.3"
	defer func() { version = "" }()
	var out strings.Builder
	if err := run(t.Context(), []string{"-version"}, &out, io.Discard); err != nil || out.String() != "origintls-simulator 1.2.3\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, args := range map[string][]string{
		"remote":            {"-listen", "0.0.0.0:0"},
		"every address":     {"-listen", ":0"},
		"remote name":       {"-listen", "example.com:0"},
		"no port":           {"-listen", "127.0.0.1"},
		"unknown flag":      {"-nope"},
		"unknown preset":    {"-preset", "lenient"},
		"argument":          {"extra"},
		"no such file":      {"-behaviour", filepath.Join(dir, "none")},
		"misspelled option": {"-behaviour", write("a.json", `{"deploy_afer":"1s"}`)},
		"unknown PEM shape": {"-behaviour", write("b.json", `{"pem_echo":"loud"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
				t.Error("the arguments must be rejected")
			}
		})
	}
}

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-listen", "127.0.0.1:0"}, writer, io.Discard) }()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base, found := strings.CutPrefix(strings.TrimSpace(line), "CLOUDFLARE_BASE_URL=")
	root, isBase := strings.CutSuffix(base, "/client/v4")
	if !found || !isBase || strings.HasSuffix(root, ":0") {
		t.Fatalf("printed %q", line)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, root+"/_sim/health", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("health answered %d", response.StatusCode)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the simulator does not stop")
	}
}
