package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// What the kernel says of an ended child is what was counted while it ran.
func TestUsageOfAProcess(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skipf("needs a shell: %v", err)
	}
	binary := filepath.Join(t.TempDir(), "busy")
	if err := copyFile(shell, binary); err != nil {
		t.Fatal(err)
	}
	stop := watchProcesses(binary)
	busy := exec.CommandContext(t.Context(), binary, "-c", "i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done")
	if out, err := busy.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, want := stop(), busy.ProcessState.UserTime()+busy.ProcessState.SystemTime()
	if difference := (want - got.cpu).Abs(); difference > max(200*time.Millisecond, want/2) {
		t.Errorf("counted %v of CPU time, the kernel %v", got.cpu, want)
	}
	if got.peak < 500_000 {
		t.Errorf("the peak is %d bytes", got.peak)
	}
	if len(processes(binary)) != 0 || len(processes(os.Args[0])) > 1 {
		t.Error("processes of another binary are counted")
	}
}
