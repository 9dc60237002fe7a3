package migration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The figures in the migration guide are for 1,500 hostnames. With these, the test takes four minutes, nearly all of them in the
// CLI. The number of requests is the same for any number of hostnames up to 1,000 in a zone.
const (
	manyZones     = 40
	manyHostnames = 200
)

const bulkScript = "../../../examples/scenarios/bulk-migration/bulk.sh"

// estate is a user's configuration for the official provider: a hostname certificate for each zone, and a resource for each hostname.
type estate struct {
	zones []string
	state string // as version 5 of the official provider writes it
	hcl   string // the certificates, moved to this provider, and the associations of the zones that still use the official provider
}

func newEstate(t *testing.T, w *acctest.World, cli *acctest.CLI, zones, hostnames int) estate {
	t.Helper()
	var e estate
	var certificates, associations []map[string]any
	instance := func(key string, attributes map[string]any) map[string]any {
		return map[string]any{"index_key": key, "schema_version": 500, "attributes": attributes}
	}
	pems, former := map[string]string{}, map[string]any{}
	for i := range zones {
		zone, name := fmt.Sprintf("%032x", i+1), fmt.Sprintf("zone-%02d", i)
		pair := certtest.Leaf(t, name)
		id := w.Sim.AddCertificate(simulator.HostnameCertificate, zone, pair.Certificate, pair.PrivateKey)
		e.zones = append(e.zones, zone)
		pems[name] = pair.Certificate
		certificates = append(certificates, instance(name, map[string]any{"id": id, "zone_id": zone, "certificate": pair.Certificate, "private_key": pair.PrivateKey, "status": "active"}))
		for j := i; j < hostnames; j += zones {
			hostname, enabled := fmt.Sprintf("h%d.example-%02d.com", j, i), j%100 != 99
			w.Sim.AddAssociation(zone, hostname, id, enabled)
			former[hostname] = map[string]any{"zone_id": zone, "cert_id": id, "enabled": enabled}
			associations = append(associations, instance(hostname, map[string]any{
				"id": hostname, "zone_id": zone, "hostname": hostname, "cert_id": id, "enabled": enabled,
				"config": []any{map[string]any{"hostname": hostname, "cert_id": id, "enabled": enabled}},
			}))
		}
	}
	resource := func(typ, name string, instances any) map[string]any {
		return map[string]any{"mode": "managed", "type": typ, "name": name, "provider": `provider["` + official + `"]`, "instances": instances}
	}
	raw, err := json.Marshal(map[string]any{"version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "bulk", "outputs": map[string]any{}, "resources": []any{
		resource(hostnameCert, "own", certificates), resource(association, "own", associations),
	}})
	acctest.NoError(t, err)
	e.state = string(raw)
	for name, value := range map[string]any{"certificates.json": pems, "former.json": former, "zones.json": e.zones, "moved.json": []string{}} {
		if raw, err = json.Marshal(value); err != nil {
			t.Fatal(err)
		}
		cli.Write(name, string(raw))
	}
	e.hcl = moves(hostnameCert+".own", ourHostnameCert+".own") + `
locals {
  zones  = jsondecode(file("zones.json"))
  moved  = jsondecode(file("moved.json"))
  former = { for h, a in jsondecode(file("former.json")) : h => a if !contains(local.moved, a.zone_id) }
}

resource "origintls_hostname_certificate" "own" {
  for_each    = jsondecode(file("certificates.json"))
  zone_id     = local.zones[tonumber(trimprefix(each.key, "zone-"))]
  certificate = each.value
}

resource "cloudflare_authenticated_origin_pulls" "own" {
  for_each = local.former
  zone_id  = each.value.zone_id
  config   = [{ hostname = each.key, cert_id = each.value.cert_id, enabled = each.value.enabled }]
}
`
	w.Sim.ClearRequests()
	return e
}

// The user migrates one zone first, and then the others. No step sends a write, and the final state has one resource for each zone.
func TestAccBulkMigration(t *testing.T) {
	acctest.Program(t, "jq")
	w, cli := acctest.Start(t, func(b *simulator.Behaviour) { b.Latency = simulator.Duration(50 * time.Millisecond) })
	cli.Override("cloudflare/cloudflare", acctest.CloudflareStandIn(t))
	e := newEstate(t, w, cli, manyZones, manyHostnames)
	cli.Write("terraform.tfstate", e.state)
	cli.Write("provider.tf", `
terraform {
  required_version = ">= 1.8" # moved blocks from another provider

  required_providers {
    origintls  = { source = "origintls/origintls" }
    cloudflare = { source = "cloudflare/cloudflare" }
  }
}
`)
	cli.Write("main.tf", e.hcl)
	script, err := filepath.Abs(bulkScript)
	acctest.NoError(t, err)
	move := func(zones, moved []string, imports string) {
		t.Helper()
		started := time.Now()
		cli.Write("before.tfstate", cli.Must(0, "state", "pull"))
		sh(t, cli, append([]string{script, "before.tfstate"}, zones...)...)
		raw, err := json.Marshal(moved)
		acctest.NoError(t, err)
		cli.Write("moved.json", string(raw))
		sh(t, cli, "state-rm.sh")
		prepared := time.Now()
		w.Sim.ClearRequests()
		if out := cli.Apply(); !strings.Contains(out, imports+" imported, 0 added, 0 changed, 0 destroyed") {
			t.Errorf("want %s imports and no other change:\n%s", imports, out)
		}
		w.WantNoWrites()
		if n := len(w.Sim.Requests()); n > 2*manyZones {
			t.Errorf("the migration sent %d requests; the guide promises one for each zone and one for each certificate", n)
		}
		t.Logf("%d zones: script and state rm %.1f s, apply %.1f s with %d requests", len(moved), prepared.Sub(started).Seconds(), time.Since(prepared).Seconds(), len(w.Sim.Requests()))
	}
	move(e.zones[:1], e.zones[:1], "1")
	move(nil, e.zones, "39")

	w.Sim.ClearRequests()
	cli.EmptyPlan()
	t.Logf("the plan afterwards: %d requests", len(w.Sim.Requests()))
	list := cli.Must(0, "state", "list")
	if strings.Contains(list, "cloudflare_") || strings.Count(list, "origintls_hostname_associations.") != manyZones {
		t.Errorf("the state has\n%s", list)
	}
	if !strings.Contains(cli.Read("associations-"+e.zones[39]+".tf"), "certificate_id = origintls_hostname_certificate.own[\"zone-39\"].id, enabled = false }") {
		t.Errorf("a disabled hostname, or the reference to its certificate, is missing:\n%s", cli.Read("associations-"+e.zones[39]+".tf"))
	}
}

// Associations that the script cannot move stay in the state, and the script names them.
func TestBulkScriptLeavesWhatIsNoAssociation(t *testing.T) {
	acctest.Program(t, "jq")
	dir := t.TempDir()
	fixture, err := filepath.Abs("testdata/cloudflare-v4-odd.tfstate")
	acctest.NoError(t, err)
	script, err := filepath.Abs(bulkScript)
	acctest.NoError(t, err)
	command := exec.CommandContext(t.Context(), "sh", script, fixture)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, want := range []string{"emptyhost_cert: it names no hostname", "host_nocert: it names no certificate", "for 2 resources"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the script does not say %q:\n%s", want, out)
		}
	}
	if got, want := acctest.ReadFile(t, filepath.Join(dir, "state-rm.sh")), "terraform state rm \\\n  'cloudflare_authenticated_origin_pulls.host_disabled' \\\n  'cloudflare_authenticated_origin_pulls.host_upd'\n"; got != want {
		t.Errorf("state-rm.sh is\n%s", got)
	}
}

// sh runs a script in the working directory, with the CLI as `terraform`.
func sh(t *testing.T, cli *acctest.CLI, arguments ...string) {
	t.Helper()
	command, _ := cli.Command()
	bin := t.TempDir()
	acctest.NoError(t, os.Symlink(command.Path, filepath.Join(bin, "terraform")))
	run := exec.CommandContext(t.Context(), "sh", arguments...)
	run.Dir = command.Dir
	run.Env = slices.Concat(command.Env, []string{"PATH=" + bin + ":" + os.Getenv("PATH")})
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", arguments, err, out)
	}
}
