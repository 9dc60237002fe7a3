package serve

import (
	"context"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/origintls/terraform-provider-origintls/internal/provider"
)

const address = "registry.terraform.io/origintls/origintls"

// caller returns a function that calls GetMetadata as gRPC does, with the loggers that terraform-plugin-go puts into the context of
// each call. It needs reflect, because those types are internal. Log lines are formatted and then discarded.
func caller(b *testing.B, s tfprotov6.ProviderServer) func() {
	b.Helper()
	discard, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = discard
	b.Cleanup(func() { os.Stderr = stderr; _ = discard.Close() })
	method := reflect.ValueOf(tf6server.New(address, s, tf6server.WithoutLogStderrOverride())).MethodByName("GetMetadata")
	request := reflect.New(method.Type().In(1).Elem())
	return func() {
		ctx, end := context.WithCancel(context.Background()) // gRPC also cancels the context of a call at its end
		method.Call([]reflect.Value{reflect.ValueOf(ctx), request})
		end()
	}
}

// BenchmarkRetained measures the memory that each call leaves allocated. The server of this package is justified as long as the
// framework retains many times as much.
func BenchmarkRetained(b *testing.B) {
	ours, err := NewServer(provider.New("test")())
	if err != nil {
		b.Fatal(err)
	}
	for name, s := range map[string]tfprotov6.ProviderServer{
		"framework": providerserver.NewProtocol6(provider.New("test")())(),
		"ours":      ours,
	} {
		b.Run(name, func(b *testing.B) {
			call := caller(b, s)
			before := heap()
			for b.Loop() {
				call()
			}
			b.ReportMetric(float64(int64(heap())-int64(before))/float64(b.N), "retained-B/op")
			runtime.KeepAlive(s)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkLogs measures the time that a call spends on log lines. Silencing the logs by default is justified as long as this is a
// large part of the call. The CLI needs the same time again to read the lines.
func BenchmarkLogs(b *testing.B) {
	s, err := NewServer(provider.New("test")())
	if err != nil {
		b.Fatal(err)
	}
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "TF_LOG") {
			b.Setenv(name, "")
		}
	}
	run := func(b *testing.B) {
		b.Helper()
		call := caller(b, s)
		for b.Loop() {
			call()
		}
	}
	b.Run("on", run)
	if err := silenceLogs(address, os.Environ(), func(name, value string) error { b.Setenv(name, value); return nil }); err != nil {
		b.Fatal(err)
	}
	b.Run("off", run)
}
