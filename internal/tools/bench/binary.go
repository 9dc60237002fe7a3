package main

import (
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// checkBinary refuses a binary whose times and memory would be those of the race detector.
func checkBinary(path string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("no provider to measure (-provider): %w", err)
	}
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return errors.New("the provider was built with -race")
		}
	}
	return nil
}

// size prints how large the binary is. Only of an ELF file does it know whether it is stripped.
func size(out io.Writer, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	how := "stripped or not: unknown"
	if file, err := elf.Open(path); err == nil {
		how = "stripped"
		if file.Section(".symtab") != nil {
			how = "NOT stripped"
		}
		_ = file.Close()
	}
	fmt.Fprintf(out, "Binary: %s (%s).\n", megabytes(info.Size()), how)
	return nil
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from) //nolint:gosec // the file that the caller of this program named
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o700) //nolint:gosec // it is there to be run
}
