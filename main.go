// Command terraform-provider-origintls serves the provider to Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/origintls/terraform-provider-origintls/internal/provider"
)

// version is set by the build.
var version = "dev"

func main() {
	debugged := flag.Bool("debug", false, "serve for a debugger: print what to put into TF_REATTACH_PROVIDERS and stay")
	printVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *printVersion {
		fmt.Fprintln(os.Stdout, version)
		return
	}
	// A plan of thousands of hostnames makes much garbage in a short time; collecting it twice as often
	// keeps the process small and costs a few percent of the plan.
	debug.SetGCPercent(50)
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/origintls/origintls",
		Debug:   *debugged,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
