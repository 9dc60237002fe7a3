package serve

import (
	"path"
	"strings"
)

// silenceLogs sets the variables that turn off log lines, unless a variable of the environment asks for logs.
//
// The plugin libraries log every step of every call at the level TRACE by default, and the provider
// every request. Where nothing asks for logs, the CLI parses these lines as JSON and discards them: a third of
// the CLI's CPU time and a fifth of the provider's in a plan of a thousand resources. That is so up to and
// including terraform-plugin-log v0.11.0 and Terraform 1.14. A version that takes the level from the variables
// that the CLI itself follows (TF_LOG, TF_LOG_PROVIDER) makes this unnecessary; BenchmarkLogs shows it.
func silenceLogs(address string, environ []string, set func(name, value string) error) error {
	if asksForLogs(environ) {
		return nil
	}
	// The libraries do not pass a level on to their subsystems before they have formatted a line's fields, so
	// those are named, too.
	provider := strings.ToUpper(strings.ReplaceAll(path.Base(address), "-", "_"))
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_" + provider} {
		if err := set(name, "OFF"); err != nil {
			return err
		}
	}
	return nil
}

// asksForLogs reports whether a variable of the environment asks the CLI or the provider for logs. TF_LOG_PATH
// only says where they would go.
func asksForLogs(environ []string) bool {
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		isLog := name == "TF_LOG" || strings.HasPrefix(name, "TF_LOG_") && name != "TF_LOG_PATH"
		if isLog && value != "" && !strings.EqualFold(value, "off") {
			return true
		}
	}
	return false
}
