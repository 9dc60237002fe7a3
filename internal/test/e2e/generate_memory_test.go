package e2e

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// memoryOf returns what the provider's process of a world has in its writable memory, and nothing else of it: each
// mapping is a text. It needs Linux.
func memoryOf(t *testing.T, w *acctest.World) []string {
	t.Helper()
	var memory []string
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environments {
		process := filepath.Dir(file)
		environment, err := os.ReadFile(file)
		binary, linkErr := os.Readlink(filepath.Join(process, "exe"))
		if err != nil || linkErr != nil || !strings.Contains(string(environment), "CLOUDFLARE_BASE_URL="+w.URL+"\x00") ||
			filepath.Base(binary) != "terraform-provider-origintls" {
			continue
		}
		mappings, err := os.ReadFile(filepath.Join(process, "maps"))
		if err != nil {
			t.Fatal(err)
		}
		mem, err := os.Open(filepath.Join(process, "mem"))
		if err != nil {
			t.Skipf("the memory of another process cannot be read here: %v", err)
		}
		defer mem.Close()
		for line := range strings.Lines(string(mappings)) {
			var from, to int64
			var permissions string
			if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &permissions); n == 3 && strings.HasPrefix(permissions, "rw") {
				content, _ := io.ReadAll(io.NewSectionReader(mem, from, to-from)) // up to what is not there
				memory = append(memory, string(content))
			}
		}
	}
	return memory
}

// The key is in the provider's memory during the upload, and in none of it once that has ended, although the apply goes on.
func TestAccGeneratedKeysLeaveTheMemory(t *testing.T) {
	if _, err := os.Stat("/proc/self/mem"); err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	for _, algorithm := range []string{"ECDSA_P256", "RSA_2048"} {
		t.Run(algorithm, func(t *testing.T) {
			w := acctest.New(t, func(b *simulator.Behaviour) { b.StickDeployments = true })
			recorded := recordUploads(t, w)
			cli := w.CLI(t)
			t.Parallel()
			cli.Write("main.tf", acctest.Generated("zone", "c", "c", "    key_algorithm = \""+algorithm+"\""))
			holds := func() bool {
				search := newNeedles(forms(t, recorded.keys[0]))
				memory := memoryOf(t, w)
				if len(memory) == 0 {
					t.Error("there is no provider")
				}
				return slices.ContainsFunc(memory, func(content string) bool { return search.in(content) != "" })
			}
			during := false
			recorded.while = func() { during = holds() }
			cmd, out := cli.Command("apply", "-auto-approve", "-no-color")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Reads of the certificate's status follow the upload.
			waiting := func() bool {
				requests := w.Sim.Requests()
				return len(requests) > 2 && requests[len(requests)-2].Method == "POST" && requests[len(requests)-1].Method == "GET"
			}
			for deadline := time.Now().Add(time.Minute); !waiting(); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("the apply did not come to its wait:\n%s", out)
				}
			}
			after := holds()
			w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments = false })
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if !during {
				t.Error("the key was not found during the upload, so this test finds nothing")
			}
			if after {
				t.Error("the key is in the provider's memory after the upload")
			}
			cli.Destroy()
		})
	}
}
