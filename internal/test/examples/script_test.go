package examples

import (
	"crypto/x509"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The script of the rotation example creates certificates that Cloudflare accepts, and that an origin accepts if it trusts
// the script's CA. It can do so repeatedly.
func TestAccRotationWithTheScriptsCA(t *testing.T) {
	acctest.Program(t, "openssl")
	w, cli := acctest.Start(t)
	s := newStage(t, cli, exampleNamed(t, "rotation"))
	s.cli.Write("issue.sh", acctest.ReadFile(t, filepath.Join(root, "examples", "scenarios", "rotation", "issue.sh")))
	cli.Env = append(cli.Env, "TF_VAR_zone_id="+acctest.Zone)
	former := map[string]string{}
	for range 2 {
		script := exec.CommandContext(t.Context(), "sh", "issue.sh", "edge", "shop")
		script.Dir = cli.Dir()
		if out, err := script.CombinedOutput(); err != nil {
			t.Fatalf("issue.sh: %v\n%s", err, out)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(cli.Read("ca.pem")))
		for _, name := range []string{"edge", "shop"} {
			cli.Env = append(cli.Env, "TF_VAR_"+name+"_private_key="+cli.Read(name+".key"))
			leaf, err := certpem.ParseFirst(cli.Read(name + ".pem"))
			acctest.NoError(t, err)
			if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if now := certpem.Fingerprint(cli.Read(name + ".pem")); now == former[name] {
				t.Errorf("%s is still the former certificate", name)
			} else {
				former[name] = now
			}
		}
		cli.Apply()
		cli.EmptyPlan()
	}
	w.WantEverythingActive()
	cli.Destroy()
	w.WantNothingLive()
}
