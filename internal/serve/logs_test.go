package serve

import (
	"errors"
	"maps"
	"testing"
)

func TestLogsAreOffUnlessSomebodyAsks(t *testing.T) {
	off := map[string]string{
		"TF_LOG_SDK": "OFF", "TF_LOG_SDK_PROTO": "OFF", "TF_LOG_SDK_FRAMEWORK": "OFF", "TF_LOG_PROVIDER_MANY_WORDS": "OFF",
	}
	for entry, want := range map[string]map[string]string{
		"HOME=/root":                       off,
		"TF_LOG=":                          off,
		"TF_LOG=off":                       off,
		"TF_LOG_PATH=/tmp/trace.log":       off,
		"TF_LOGIN=yes":                     off,
		"TF_LOG=TRACE":                     {},
		"TF_LOG=JSON":                      {},
		"TF_LOG=1":                         {}, // the CLI treats an unknown level as TRACE
		"TF_LOG_CORE=DEBUG":                {},
		"TF_LOG_PROVIDER=DEBUG":            {},
		"TF_LOG_PROVIDER_MANY_WORDS=WARN":  {},
		"TF_LOG_SDK_PROTO=TRACE":           {},
		"TF_LOG_SDK_PROTO_DATA_DIR=/tmp/d": {},
	} {
		got := map[string]string{}
		set := func(name, value string) error { got[name] = value; return nil }
		if err := silenceLogs("registry.terraform.io/some/many-words", []string{"PATH=/bin", entry, "TF_LOG_PATH=x"}, set); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: the variables set are %v, want %v", entry, got, want)
		}
	}
	refused := errors.New("no")
	if err := silenceLogs("a/b/c", nil, func(string, string) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("the error of Setenv is returned as %v", err)
	}
}
