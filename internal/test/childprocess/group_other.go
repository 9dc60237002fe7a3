//go:build !unix

package childprocess

import "os/exec"

func setGroup(*exec.Cmd) {}

func killGroup(command *exec.Cmd) error { return command.Process.Kill() }
