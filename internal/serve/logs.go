package serve

import (
	"path"
	"strings"
)

// silenceLogs sets the environment variables that turn off log lines, unless the environment asks for logs.
//
// By default, the plugin libraries log every step of every call at the level TRACE, and the provider logs every
// request. If nobody asks for logs, the CLI parses these lines as JSON and discards them. That costs a third of the
// CLI's CPU time and a fifth of the provider's in a plan of a thousand resources. It is so up to and including
// terraform-plugin-log v0.11.0 and Terraform 1.14. This function becomes unnecessary with a version that takes the
// level from the variables that the CLI itself uses (TF_LOG, TF_LOG_PROVIDER). BenchmarkLogs shows it.
func silenceLogs(address string, environ []string, set func(name, value string) error) error {
	if asksForLogs(environ) {
		return nil
	}
	// The subsystems of the libraries have variables of their own. They check the general level only after they have
	// formatted the fields of a line, so set their variables as well.
	provider := strings.ToUpper(strings.ReplaceAll(path.Base(address), "-", "_"))
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_" + provider} {
		if err := set(name, "OFF"); err != nil {
			return err
		}
	}
	return nil
}

// asksForLogs reports whether an environment variable asks the CLI or the provider for logs. TF_LOG_PATH does not: it
// only says where the logs go.
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
