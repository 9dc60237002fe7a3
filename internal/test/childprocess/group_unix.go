//go:build unix

package childprocess

import (
	"os/exec"
	"syscall"
)

func setGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroup also kills what the command has started: go test, for example, would leave a hanging test running.
func killGroup(command *exec.Cmd) error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
