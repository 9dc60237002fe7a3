package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// style says how a line is shown. Only a terminal gets colours.
type style int

const (
	plain   style = iota
	title         // the title of a step
	command       // a command that a reader would type
	output        // the output of a command
	good          // a measurement as it should be
	bad           // a measurement that shows an outage
)

var (
	marks   = [...]string{plain: "", title: "", command: "  $ ", output: "    ", good: "  => ", bad: "  => "}
	colours = [...]string{plain: "", title: "1", command: "36", output: "2", good: "32", bad: "31"}
)

// screen is the output of the demo.
type screen struct {
	out       io.Writer
	colour    bool
	recording *recording // nil unless the run is recorded
}

// newScreen uses colours if out is a terminal that shows them and NO_COLOR is not set (https://no-color.org).
func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &screen{out: out, colour: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s *screen) record() { s.recording = newRecording() }

// show prints a text of one or more lines in a style.
func (s *screen) show(how style, text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		line = marks[how] + strings.TrimRight(line, " \r\n")
		if s.recording != nil {
			s.recording.add(how, line)
		}
		if s.colour && colours[how] != "" && line != "" {
			line = "\x1b[" + colours[how] + "m" + line + "\x1b[0m"
		}
		fmt.Fprintln(s.out, line)
	}
}

func (s *screen) showf(how style, format string, arguments ...any) {
	s.show(how, fmt.Sprintf(format, arguments...))
}
