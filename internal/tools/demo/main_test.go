package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The demo itself checks after each step that the step did what its title says.
func TestAccDemo(t *testing.T) {
	acctest.New(t).CLI(t) // skips the test if there is no CLI
	provider := filepath.Join(acctest.Build(t), "terraform-provider-origintls")
	var out bytes.Buffer
	err := run(t.Context(), options{provider, os.Getenv("TF_ACC_TERRAFORM_PATH"), 300 * time.Millisecond, &screen{out: &out}})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, never := range []string{"\x1b", "PRIVATE KEY-", "Warning"} {
		if strings.Contains(out.String(), never) {
			t.Errorf("the demo prints %q:\n%s", never, out.String())
		}
	}
}

// extract omits whole lines, and no words within the lines that it keeps.
func TestExtract(t *testing.T) {
	out := "Success! The configuration is valid, but there were some validation warnings.\nnoise\n╷\n│ Warning: Something\n│ \n╵\n" +
		"origintls_zone_certificate.edge: Creation complete after 3s [id=2458ce5a]\n"
	want := "Success! The configuration is valid, but there were some validation warnings.|│ Warning: Something|│|" +
		"origintls_zone_certificate.edge: Creation complete after 3s"
	if got := strings.Join(extract(out), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The recording in the README has the steps of the present demo.
func TestRecordingIsOfThisDemo(t *testing.T) {
	raw, err := os.ReadFile("../../../.github/demo.svg")
	acctest.NoError(t, err)
	s := &story{runner: &runner{name: "terraform", version: writeOnly}}
	for _, step := range s.steps() {
		if !strings.Contains(string(raw), ". "+step.title+"</text>") {
			t.Errorf("the recording has no step %q: make demo-recording", step.title)
		}
	}
}
