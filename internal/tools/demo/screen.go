package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// How a line is shown. A terminal gets colours, everything else plain text.
type style int

const (
	plain   style = iota
	title         // what a step shows
	command       // what a reader would type
	output        // what the command printed
	good          // what was measured, and is as it should be
	bad           // what was measured, and is an outage
)

var (
	marks   = [...]string{plain: "", title: "", command: "  $ ", output: "    ", good: "  => ", bad: "  => "}
	colours = [...]string{plain: "", title: "1", command: "36", output: "2", good: "32", bad: "31"}
)

// screen is where the demo prints.
type screen struct {
	out       io.Writer
	colour    bool
	recording *recording // nil unless the run is recorded
}

// newScreen uses colours if out is a terminal that shows them, and nobody asked for none (https://no-color.org).
func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &screen{out: out, colour: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s *screen) record() { s.recording = newRecording() }

// show prints a text of one or more lines.
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
