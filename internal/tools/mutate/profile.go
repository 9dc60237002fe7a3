package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// span is a range of lines of a file, including both ends.
type span struct{ first, last int }

// coverage is the lines that a test runs, by the path of the file in the module.
type coverage map[string][]span

// module is the prefix of file names in a coverage profile.
const module = "github.com/origintls/terraform-provider-origintls/"

// add adds the lines of a coverage profile of go test.
func (c coverage) add(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, rest, ok := strings.Cut(lines.Text(), ":")
		var s span
		var column, statements, count int
		if !ok || name == "mode" {
			continue
		}
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &s.first, &column, &s.last, &column, &statements, &count); err != nil {
			return fmt.Errorf("%s: %q: %w", path, lines.Text(), err)
		}
		if count > 0 {
			name = strings.TrimPrefix(name, module)
			c[name] = append(c[name], s)
		}
	}
	return lines.Err()
}

// covers reports whether the test runs a line.
func (c coverage) covers(file string, line int) bool {
	for _, s := range c[file] {
		if s.first <= line && line <= s.last {
			return true
		}
	}
	return false
}
