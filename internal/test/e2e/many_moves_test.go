package e2e

import (
	"fmt"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A resource with more instances than Terraform plans at the same time is renamed without a moved block. The plan cannot see in time that
// the objects move, and is refused. With the advised -parallelism it can, and no hostname is void in between.
func TestAccMoreMovesThanAPlanCanSee(t *testing.T) {
	w, cli := acctest.Start(t)
	certificate := acctest.Certificate("hostname", "own", certtest.Leaf(t, "own"))
	declare := func(name string) {
		cli.Write("main.tf", certificate+fmt.Sprintf(`
resource "origintls_hostname_association" %q {
  for_each       = toset([for n in range(20) : "h${n}.example.com"])
  zone_id        = %q
  hostname       = each.key
  certificate_id = origintls_hostname_certificate.own.id
}
`, name, acctest.Zone))
	}
	declare("before")
	cli.Apply()
	declare("after")
	w.Sim.ClearRequests()
	out := cli.Must(1, "plan", "-no-color")
	acctest.WantSays(t, out, "Object is destroyed and created again", "More objects move in this zone than Terraform plans at the same time", "moved {", "such as -parallelism=200.")
	cli.Must(0, "apply", "-auto-approve", "-no-color", "-parallelism=200")
	if down := tornDown(w); len(down) > 0 {
		t.Errorf("something was voided, disabled or deleted in between: %v", down)
	}
	w.WantEverythingActive()
	cli.EmptyPlan()
	cli.Destroy()
	w.WantNothingLive()
}
