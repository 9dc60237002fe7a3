package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// span is a range of lines of a file, including both ends.
type span struct{ first, last int }

// coverage is the lines that the tests run, by the path of the file in the module.
type coverage struct{ spans map[string][]span }

// module is the prefix of file names in a coverage profile.
const module = "github.com/origintls/terraform-provider-origintls/"

// readCoverage reads a coverage profile of go test.
func readCoverage(path string) (*coverage, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	c := &coverage{spans: map[string][]span{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, rest, ok := strings.Cut(lines.Text(), ":")
		var s span
		var column, statements, count int
		if !ok || name == "mode" {
			continue
		}
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &s.first, &column, &s.last, &column, &statements, &count); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, lines.Text(), err)
		}
		if count > 0 {
			name = strings.TrimPrefix(name, module)
			c.spans[name] = append(c.spans[name], s)
		}
	}
	return c, lines.Err()
}

// covers reports whether any test runs a line.
func (c *coverage) covers(file string, line int) bool {
	for _, s := range c.spans[file] {
		if s.first <= line && line <= s.last {
			return true
		}
	}
	return false
}
