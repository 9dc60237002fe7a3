package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const recreation = "Object is removed and created again"

// The creation of several associations fails for one of them. The error says that the others are active, and that an
// apply would void them unless the user runs untaint. The plan says so too. After untaint, the plan has no warning.
func TestAccAFailedCreationOfAssociationsIsTainted(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, func(b *simulator.Behaviour) { b.RefuseHostnames = []string{"bad.example.com"} })
	cli := w.CLI(t)
	config := w.Provider() + acctest.Certificate("hostname", "own", certtest.Leaf(t, "one")) + fmt.Sprintf("resource \"origintls_hostname_associations\" \"many\" {\n"+
		"  zone_id = %q\n  associations = { for h in [\"a\", \"b\", \"bad\"] : \"${h}.example.com\" => { certificate_id = origintls_hostname_certificate.own.id } }\n}\n", acctest.Zone)
	cli.Write("main.tf", config)
	out := cli.Must(1, "apply", "-auto-approve", "-no-color")
	if !acctest.Says("1 of the 3 hostnames", "bad.example.com (the others are written and active)", "first run `terraform untaint ADDRESS`").MatchString(out) {
		t.Errorf("the error does not say what the next apply does:\n%s", out)
	}
	cli.Write("main.tf", strings.Replace(config, ", \"bad\"", "", 1))
	if out := cli.Must(0, "plan", "-no-color"); !acctest.Says(recreation, "a.example.com, b.example.com", "terraform untaint ADDRESS").MatchString(out) {
		t.Errorf("the plan does not say that hostnames are voided:\n%s", out)
	}
	cli.Must(0, "untaint", "origintls_hostname_associations.many")
	w.Sim.ClearRequests()
	if out := cli.Apply(); strings.Contains(out, recreation) {
		t.Errorf("after untaint, the plan still warns:\n%s", out)
	}
	if writes := tornDown(w); len(writes) > 0 {
		t.Errorf("after untaint, the apply sent %v", writes)
	}
	cli.EmptyPlan()
}
