package main

import (
	"fmt"
	"os"
	"strings"
)

// accepted are mutants that may survive, with the reason for each.
type accepted map[string]string

// readAccepted reads the list of accepted mutants, with a paragraph for each reason. A line that begins with "# " gives the reason, and the
// lines after it are mutants as the report prints them.
func readAccepted(path string) (accepted, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, reason, fresh := accepted{}, "", true
	for n, line := range strings.Split(string(text), "\n") {
		switch comment, isComment := strings.CutPrefix(line, "# "); {
		case strings.TrimSpace(line) == "":
			reason = ""
		case isComment && fresh:
			reason = strings.TrimSpace(reason + " " + comment)
		case isComment:
			reason = comment
		case reason == "":
			return nil, fmt.Errorf("%s:%d: a mutant without a reason above it", path, n+1)
		default:
			list[line] = reason
		}
		fresh = strings.HasPrefix(line, "#") || strings.TrimSpace(line) == ""
	}
	return list, nil
}

// stale returns the accepted mutants of these files that no longer exist.
func (a accepted) stale(all []mutant, dirs []string) []string {
	there := map[string]bool{}
	for _, m := range all {
		there[m.String()] = true
	}
	var gone []string
	for line := range a {
		ours := false
		for _, dir := range dirs {
			ours = ours || strings.HasPrefix(line, dir+"/")
		}
		if ours && !there[line] {
			gone = append(gone, line)
		}
	}
	return gone
}
