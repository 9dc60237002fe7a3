package resources_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/certtest"
)

func TestAccSmoke(t *testing.T) {
	w := acctest.New(t)
	edge, api := certtest.Leaf(t, "edge"), certtest.Leaf(t, "api")
	config := w.Provider() + acctest.Certificate("zone", "edge", edge, acctest.CBD) + acctest.Certificate("hostname", "api", api, acctest.CBD) +
		acctest.Association("api", "API.example.com", "api") + acctest.Setting(true)
	w.RunAnd(t, acctest.NothingLive,
		resource.TestStep{Config: config, Check: w.Check(acctest.EverythingActive)},
	)
}
