// Package serve serves a provider to Terraform and OpenTofu. It needs less memory and CPU time than
// providerserver.Serve of terraform-plugin-framework: it does not keep the contexts of past calls, and it writes no
// log lines that nobody reads.
package serve

import (
	"os"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Serve serves the provider under its address, such as registry.terraform.io/origintls/origintls, until the CLI stops
// it. With debug, it prints the value for TF_REATTACH_PROVIDERS, so that a debugger can be used, and serves until it
// is interrupted.
func Serve(address string, p provider.Provider, debug bool) error {
	server, err := NewServer(p)
	if err != nil {
		return err
	}
	var options []tf6server.ServeOpt
	if debug {
		// Leave the log lines on: the CLI that attaches is another process, and its variables are not visible here.
		options = append(options, tf6server.WithManagedDebug())
	} else if err := silenceLogs(address, os.Environ(), os.Setenv); err != nil {
		return err
	}
	collectBySize()
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return server }, options...)
}
