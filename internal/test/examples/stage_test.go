package examples

import (
	"crypto/x509"
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// placeholder is the certificate id that the examples show. Tests replace it with a real one.
const placeholder = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"

// zones is the value of a variable for a map of zones.
var zones = map[string]string{"example.com": acctest.Zone, "example.net": "9a7806061c88ada191ed06f989cc3dac"}

var (
	fileCall = regexp.MustCompile(`file\("(?:\$\{path\.module\}/)?([^"]+)\.(pem|key)"\)`)
	variable = regexp.MustCompile(`(?s)\nvariable "(\w+)" \{\n(.*?)\n\}`)
	preset   = regexp.MustCompile(`(?m)^\s*default\s*=\s*([^n\s]|n[^u])`) // a default other than null
	uses     = regexp.MustCompile(`(?m)^(?:resource|data) "(?:origintls|cloudflare)_`)
	resource = regexp.MustCompile(`(?m)^resource "origintls_(\w+)" "\w+" \{`)
	hostname = regexp.MustCompile(`(?m)^\s*hostname\s*=\s*"([^"]+)"`)
	listed   = regexp.MustCompile(`"(\w+\.example\.com)"`) // an element of a list of hostnames
)

// stage is a working directory with an example, and with what the example needs: the files that it reads with
// file("NAME.pem") and file("NAME.key"), and variables without a default.
type stage struct {
	t      *testing.T
	cli    *acctest.CLI
	text   string // the whole configuration
	config map[string]string
	pairs  map[string]certtest.Pair // by the name of the file without its extension
	days   int                      // the number of days that certificates are valid
	origin *origins.StandIn         // trusts all pairs; nil if the example needs no origin
	id     string                   // the id of the seeded certificate
}

func newStage(t *testing.T, cli *acctest.CLI, e example) *stage {
	t.Helper()
	s := &stage{t: t, cli: cli, text: "\n", config: e.config, days: 365}
	for _, name := range sortedKeys(e.config) {
		s.text += e.config[name] + "\n"
	}
	if strings.Contains(s.text, "required_providers") {
		s.cli.Write("provider.tf", "") // replaces the file that the helper has written
	}
	if !uses.MatchString(s.text) {
		// The CLI configures a provider only if something uses it.
		s.append(acctest.ReadFile(t, filepath.Join(root, "examples", "resources", "origintls_zone_setting", "resource.tf")))
	}
	for name, text := range e.config {
		s.cli.Write(name, text)
	}
	if strings.Contains(s.text, "cloudflare/cloudflare") {
		cli.Override("cloudflare/cloudflare", acctest.CloudflareStandIn(t))
	}
	if strings.Contains(s.text, "origin_address") {
		s.origin = origins.StartStandIn(t, origins.NewIdentity(t, "www.example.com"))
	}
	return s
}

// withoutKeys removes the keys. Only an upload needs them, so later plans and the destroy must work without them. An ephemeral
// resource needs its key in every run.
func (s *stage) withoutKeys() {
	if strings.Contains(s.text, "\nephemeral \"") {
		return
	}
	s.cli.Env = slices.DeleteFunc(s.cli.Env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "TF_VAR_") && strings.Contains(name, "private_key")
	})
}

// append appends to the configuration.
func (s *stage) append(text string) { s.cli.Write("appended.tf", s.cli.Read("appended.tf")+text+"\n") }

// tested reports whether the example has tests of its own.
func (s *stage) tested() bool {
	return slices.ContainsFunc(sortedKeys(s.config), func(name string) bool { return strings.HasSuffix(name, ".tftest.hcl") })
}

// provide creates new certificates and keys, and passes them as files and as variables.
func (s *stage) provide(generation string) {
	s.t.Helper()
	s.pairs = map[string]certtest.Pair{}
	for _, call := range fileCall.FindAllStringSubmatch(s.text, -1) {
		file := strings.ReplaceAll(call[1], "${var.certificates}", "certificates") // the default of the variable
		names := []string{file}
		if strings.Contains(file, "${each.key}") {
			names = nil
			for _, key := range s.keys() {
				names = append(names, strings.ReplaceAll(file, "${each.key}", key))
			}
		}
		for _, name := range names {
			pair := s.pair(name, generation)
			s.cli.Write(name+"."+call[2], map[string]string{"pem": pair.Certificate, "key": pair.PrivateKey}[call[2]])
		}
	}
	if s.origin != nil {
		s.origin.Trust(s.t, slices.Collect(maps.Values(s.pairs))...)
	}
	for _, v := range variable.FindAllStringSubmatch(s.text, -1) {
		if !preset.MatchString(v[2]) {
			s.cli.Env = append(s.cli.Env, "TF_VAR_"+v[1]+"="+s.value(v[1], generation))
		}
	}
}

func (s *stage) pair(name, generation string) certtest.Pair {
	if _, ok := s.pairs[name]; !ok {
		issue := certtest.Leaf
		if name == "ca" {
			issue = certtest.CA
		}
		s.pairs[name] = issue(s.t, filepath.Base(name)+" "+generation, func(c *x509.Certificate) {
			c.NotAfter = time.Now().AddDate(0, 0, s.days)
		})
	}
	return s.pairs[name]
}

// value returns the value of a variable, by its name. NAME_private_key belongs to NAME.pem, and private_key belongs to the only
// certificate of the example.
func (s *stage) value(name, generation string) string {
	s.t.Helper()
	stem := "client"
	if len(s.pairs) == 1 {
		stem = sortedKeys(s.pairs)[0]
	}
	switch {
	case name == "zone_id":
		return acctest.Zone
	case name == "account_id":
		return "f037e56e89293a057740de681ac9abbe"
	case name == "email":
		return "operations@example.com"
	case name == "origin_address":
		return s.origin.Address()
	case name == "origin_addresses":
		return s.json([]string{s.origin.Address()})
	case name == "zones":
		return s.json(zones)
	case name == "hostnames":
		return s.json(s.hostnames())
	case name == "private_keys":
		keys := map[string]string{}
		for _, key := range s.keys() {
			keys[key] = s.pair("certificates/"+key, generation).PrivateKey
		}
		return s.json(keys)
	case name == "private_key":
		return s.pair(stem, generation).PrivateKey
	case name == "certificate":
		return s.pair(stem, generation).Certificate
	case strings.HasSuffix(name, "_private_key"):
		return s.pair(strings.TrimSuffix(name, "_private_key"), generation).PrivateKey
	}
	s.t.Fatalf("the example has a variable %q without a default; add its value here", name)
	return ""
}

// chunked reports whether the example spreads its hostnames over numbered certificates.
func (s *stage) chunked() bool { return strings.Contains(s.text, "chunklist(") }

// keys returns the values of each.key: the names of zones, or the numbers of certificates.
func (s *stage) keys() []string {
	if s.chunked() {
		return []string{"0", "1"}
	}
	return sortedKeys(zones)
}

// hostnames returns as many hostnames as the certificates of keys are for.
func (s *stage) hostnames() []string {
	if !s.chunked() {
		return []string{"api.example.com", "shop.example.com"}
	}
	return acctest.Hostnames("shop%d.example.com", 150)
}

func (s *stage) json(v any) string {
	s.t.Helper()
	raw, err := json.Marshal(v)
	acctest.NoError(s.t, err)
	return string(raw)
}

// types returns the types of the example's resources, without duplicates.
func (s *stage) types() []string {
	var types []string
	for _, match := range resource.FindAllStringSubmatch(s.text, -1) {
		if !slices.Contains(types, match[1]) {
			types = append(types, match[1])
		}
	}
	return types
}

// seed creates the objects that the example declares directly at the API.
func (s *stage) seed(w *acctest.World) {
	s.t.Helper()
	kinds := map[string]simulator.Kind{"zone_certificate": simulator.ZoneCertificate, "hostname_certificate": simulator.HostnameCertificate}
	for _, kind := range s.types() {
		switch kind {
		case "zone_certificate", "hostname_certificate":
			for _, pair := range s.pairs {
				s.id = w.Sim.AddCertificate(kinds[kind], acctest.Zone, pair.Certificate, pair.PrivateKey)
			}
		case "hostname_association":
			for _, match := range hostname.FindAllStringSubmatch(s.text, -1) {
				w.Sim.AddAssociation(acctest.Zone, match[1], s.id, true)
			}
		case "hostname_associations":
			for _, match := range listed.FindAllStringSubmatch(s.text, -1) {
				w.Sim.AddAssociation(acctest.Zone, match[1], s.id, true)
			}
		case "zone_setting":
			w.Sim.SetSetting(acctest.Zone, true)
		default:
			s.t.Fatalf("the example imports an origintls_%s; add here how to create one", kind)
		}
	}
	w.Sim.ClearRequests()
}

// surround creates one object of each kind directly at the API, for the examples of data sources and lists. The objects get
// the ids that the examples name.
func (s *stage) surround(w *acctest.World) {
	s.t.Helper()
	for kind, name := range map[simulator.Kind]string{simulator.ZoneCertificate: "client", simulator.HostnameCertificate: "api"} {
		pair := s.pair(name, "first")
		w.Sim.AddCertificateAs(kind, acctest.Zone, placeholder, pair.Certificate, pair.PrivateKey)
	}
	w.Sim.AddAssociation(acctest.Zone, "api.example.com", placeholder, true)
	w.Sim.SetSetting(acctest.Zone, true)
	w.Sim.ClearRequests()
}

// importers returns the example's own import of the given form. If the example declares other types too, importers adds
// their imports, with the id of the seeded certificate.
func (s *stage) importers(all []example, name string) []string {
	s.t.Helper()
	var texts []string
	for _, kind := range s.types() {
		at := slices.IndexFunc(all, func(e example) bool { return e.dir == "examples/resources/origintls_"+kind })
		if at < 0 || all[at].imports[name] == "" {
			s.t.Fatalf("there is no %s of origintls_%s", name, kind)
		}
		texts = append(texts, strings.ReplaceAll(all[at].imports[name], placeholder, s.id))
	}
	return texts
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
