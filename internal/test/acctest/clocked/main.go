// Command clocked is the provider with a clock that tests move. It differs from the released provider only in its main
// function, so no environment variable can move the clock of the released provider.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/provider"
	"github.com/origintls/terraform-provider-origintls/internal/serve"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

func main() {
	offset, err := time.ParseDuration(os.Getenv(acctest.ClockVariable))
	if err == nil {
		clock := provider.WithClock(func() time.Time { return time.Now().Add(offset) })
		err = serve.Serve("registry.terraform.io/origintls/origintls", provider.New("test", clock)(), false)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
