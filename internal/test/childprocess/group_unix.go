//go:build unix

package childprocess

import (
	"os/exec"
	"syscall"
)

func setGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroup takes along what the command has started: go test would leave a test behind that hangs.
func killGroup(command *exec.Cmd) error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
