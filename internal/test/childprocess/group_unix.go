//go:build unix

package childprocess

import (
	"os/exec"
	"syscall"
)

func setGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
