package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// usage is the resource usage of the processes of a binary while a command ran.
type usage struct {
	peak int64         // bytes of the largest process; 0 if unknown
	cpu  time.Duration // the total of all processes; 0 if unknown
}

// tick is the unit of the CPU times in /proc/PID/stat: USER_HZ, which is 100 on every platform that Go knows.
const tick = 10 * time.Millisecond

// watchProcesses reads the usage of all processes of a binary ten times a second, until the returned function is called. A CLI starts the
// provider several times in a command. It may miss the last 100 ms of each process.
func watchProcesses(binary string) (stop func() usage) {
	done, result := make(chan struct{}), make(chan usage, 1)
	go func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		var peak int64
		cpu := map[string]time.Duration{} // by directory in /proc
		for {
			select {
			case <-done:
				var all time.Duration
				for _, one := range cpu {
					all += one
				}
				result <- usage{peak, all}
				return
			case <-ticker.C:
				for _, dir := range processes(binary) {
					peak = max(peak, peakOf(dir))
					cpu[dir] = max(cpu[dir], cpuOf(dir))
				}
			}
		}
	}()
	return func() usage { close(done); return <-result }
}

// processes returns the directories in /proc of the processes that run the binary at present.
func processes(binary string) []string {
	var dirs []string
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && exe == binary {
			dirs = append(dirs, filepath.Dir(link))
		}
	}
	return dirs
}

// peakOf returns the peak memory of a process, or 0 if it has ended.
func peakOf(dir string) int64 {
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); !found || err != nil {
		return 0
	}
	return kilobytes * 1024
}

// cpuOf returns the CPU time of a process in user and kernel mode, or 0 if it has ended.
func cpuOf(dir string) time.Duration {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return 0
	}
	// The name may contain any character. After it, the two times are the 12th and 13th field.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var user, system int64
	if len(fields) < 13 {
		return 0
	}
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0
	}
	return time.Duration(user+system) * tick
}

// The CPU time that was counted while a process ran agrees with what the kernel reports after its end.
func TestUsageOfAProcess(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skipf("this test needs a shell: %v", err)
	}
	binary := filepath.Join(t.TempDir(), "busy")
	acctest.WriteFile(t, binary, acctest.ReadFile(t, shell))
	stop := watchProcesses(binary)
	busy := exec.CommandContext(t.Context(), binary, "-c", "i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done")
	if out, err := busy.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, want := stop(), busy.ProcessState.UserTime()+busy.ProcessState.SystemTime()
	if difference := (want - got.cpu).Abs(); difference > max(200*time.Millisecond, want/2) {
		t.Errorf("the counted CPU time is %v, and the kernel reports %v", got.cpu, want)
	}
	if got.peak < 500_000 {
		t.Errorf("the peak is %d bytes", got.peak)
	}
	if len(processes(binary)) != 0 || len(processes(os.Args[0])) > 1 {
		t.Error("the usage includes processes of another binary")
	}
}
