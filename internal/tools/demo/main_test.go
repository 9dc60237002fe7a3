package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The demo checks after each step that the API holds what the step promised.
func TestAccDemo(t *testing.T) {
	acctest.New(t).CLI(t) // skips without a CLI
	provider := filepath.Join(acctest.Build(t), "terraform-provider-origintls")
	if err := run(t.Context(), provider, os.Getenv("TF_ACC_TERRAFORM_PATH"), 100*time.Millisecond); err != nil {
		t.Error(err)
	}
}
