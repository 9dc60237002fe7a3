package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"time"
)

// recording is what the screen has shown, with the times.
type recording struct {
	began time.Time
	lines []recorded
}

type recorded struct {
	how  style
	text string
	at   time.Duration
}

func newRecording() *recording { return &recording{began: time.Now()} }

func (r *recording) add(how style, text string) {
	r.lines = append(r.lines, recorded{how, text, time.Since(r.began)})
}

const (
	columns    = 118 // longer lines are cut off
	rows       = 30  // the height of the window
	charWidth  = 7.2
	lineHeight = 17
	margin     = 14
	longest    = 1200 * time.Millisecond // longer pauses are shortened to this
)

var fills = [...]string{plain: "#c9d1d9", title: "#ffffff", command: "#79c0ff", output: "#8b949e", good: "#56d364", bad: "#ff7b72"}

// write writes an SVG of a terminal that plays the run once. Each line appears at its time, and the window scrolls. A viewer without
// animations shows the end.
func (r *recording) write(path string) error {
	var b strings.Builder
	width, height := columns*charWidth+2*margin, rows*lineHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" role="img" aria-label="make demo, recorded">
<style>
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; }
.l { animation: show 1ms backwards; }
@keyframes show { from { opacity: 0 } }
`, width, height, width, height)
	scroll, end := r.scroll()
	fmt.Fprintf(&b, "#all { transform: translateY(-%dpx); animation: scroll %.2fs steps(1, end) backwards; }\n@keyframes scroll {\n%s}\n</style>\n",
		max(0, len(r.lines)-rows)*lineHeight, end.Seconds(), scroll)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="#0d1117"/>
<clipPath id="window"><rect x="0" y="%d" width="100%%" height="%d"/></clipPath>
<g clip-path="url(#window)"><g id="all">
`, margin, rows*lineHeight)
	for i, at := range r.times() {
		line := r.lines[i]
		if line.text == "" {
			continue
		}
		var text strings.Builder
		if err := xml.EscapeText(&text, []byte(cut(line.text))); err != nil {
			return err
		}
		fmt.Fprintf(&b, `<text class="l" style="animation-delay:%.2fs" x="%d" y="%d" fill="%s"%s>%s</text>`+"\n", at.Seconds(), margin,
			margin+i*lineHeight+lineHeight*3/4, fills[line.how], weight(line.how), text.String())
	}
	b.WriteString("</g></g>\n</svg>\n")
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

func weight(how style) string {
	if how == title {
		return ` font-weight="bold"`
	}
	return ""
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > columns {
		return string(runes[:columns-1]) + "…"
	}
	return text
}

// times returns when each line appears. Long pauses are shortened.
func (r *recording) times() []time.Duration {
	times := make([]time.Duration, len(r.lines))
	var now, last time.Duration
	for i, line := range r.lines {
		now += min(line.at-last, longest)
		last = line.at
		times[i] = now
	}
	return times
}

// scroll returns the keyframes that keep the last line in the window, and their duration.
func (r *recording) scroll() (frames string, end time.Duration) {
	times := r.times()
	end = times[len(times)-1] + time.Second
	var b strings.Builder
	b.WriteString("0% { transform: translateY(0) }\n")
	for i := rows; i < len(times); i++ {
		if i+1 < len(times) && times[i+1] == times[i] {
			continue
		}
		fmt.Fprintf(&b, "%.3f%% { transform: translateY(-%dpx) }\n", 100*times[i].Seconds()/end.Seconds(), (i+1-rows)*lineHeight)
	}
	return b.String(), end
}
