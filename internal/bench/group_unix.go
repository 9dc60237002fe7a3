//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// apart gives the command a process group of its own, so that the terminal's Ctrl-C does not reach it
// besides the one interrupt that is passed on: a second one makes the CLI drop everything.
func apart(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
