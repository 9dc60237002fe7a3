package serve

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/hashicorp/terraform-plugin-framework/function"
	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/provider"
)

// methods returns the protocol's calls that the framework's server implements, from all interfaces of terraform-plugin-go.
func methods(t *testing.T) []reflect.Method {
	t.Helper()
	server := reflect.TypeOf(providerserver.NewProtocol6(provider.New("test")())())
	contextType := reflect.TypeFor[context.Context]()
	var found []reflect.Method
	for method := range server.Methods() {
		if method.Type.NumIn() == 3 && method.Type.In(1) == contextType { // receiver, context, request
			found = append(found, method)
		}
	}
	if len(found) < 30 {
		t.Fatalf("found only %d methods in %s", len(found), server)
	}
	return found
}

// terraform-plugin-go uses type assertions to find out what a server supports. So if a method is missing here, a feature is switched off
// without an error.
func TestTheServerHasEveryMethodOfTheFrameworks(t *testing.T) {
	ours := reflect.TypeFor[*server]()
	for _, theirs := range methods(t) {
		own, ok := ours.MethodByName(theirs.Name)
		if !ok {
			t.Errorf("%s is missing", theirs.Name)
			continue
		}
		for i := 1; i < theirs.Type.NumIn(); i++ {
			if own.Type.In(i) != theirs.Type.In(i) {
				t.Errorf("%s has another signature", theirs.Name)
			}
		}
	}
	var s any = &server{}
	for name, ok := range map[string]bool{
		"list resources": is[tfprotov6.ProviderServerWithListResource](s), //nolint:staticcheck // terraform-plugin-go asserts this interface
		"actions":        is[tfprotov6.ProviderServerWithActions](s),      //nolint:staticcheck // the same
		"state stores":   is[tfprotov6.ProviderServerWithStateStores](s),  //nolint:staticcheck // the same
	} {
		if !ok {
			t.Errorf("the server has no %s", name)
		}
	}
}

func is[T any](v any) bool { _, ok := v.(T); return ok }

type key struct{}

// payload is in the context of a request in place of everything else that such a context holds.
type payload struct{ _ [1 << 12]byte }

// invoke makes a call with an empty request, and reads the whole answer if it is a stream.
func invoke(ctx context.Context, s any, method string) {
	defer func() { _ = recover() }() // some calls panic, because an empty request lacks what they need
	m := reflect.ValueOf(s).MethodByName(method)
	answers := m.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.New(m.Type().In(1).Elem())})
	switch stream := answers[0].Interface().(type) {
	case *tfprotov6.ListResourceServerStream:
		drain(stream.Results)
	case *tfprotov6.InvokeActionServerStream:
		drain(stream.Events)
	case *tfprotov6.ReadStateBytesStream:
		drain(stream.Chunks)
	}
}

func drain[T any](all func(func(T) bool)) {
	for range all {
	}
}

// released reports whether the context of a call can be garbage-collected once the call has ended and another one has begun.
//
//go:noinline
func released(s any, method string) bool {
	held := func() weak.Pointer[payload] {
		p := new(payload)
		invoke(context.WithValue(context.Background(), key{}, p), s, method)
		return weak.Make(p)
	}()
	invoke(context.Background(), s, "GetMetadata")
	for range 3 {
		runtime.GC()
	}
	defer runtime.KeepAlive(s)
	return held.Value() == nil
}

func TestNoCallKeepsItsContext(t *testing.T) {
	ours, err := NewServer(provider.New("test")())
	if err != nil {
		t.Fatal(err)
	}
	theirs := providerserver.NewProtocol6(provider.New("test")())()
	if released(theirs, "ReadResource") {
		t.Error("the framework now releases contexts itself, so this package's server is no longer needed")
	}
	for _, method := range methods(t) {
		if method.Name != "StopProvider" && !released(ours, method.Name) { // StopProvider makes the framework drop all contexts
			t.Errorf("%s keeps its context", method.Name)
		}
	}
}

// fake is a framework server with two methods that a test defines.
type fake struct {
	protocol

	read func(context.Context)
	list func(context.Context) *tfprotov6.ListResourceServerStream
}

func (f *fake) ReadResource(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	f.read(ctx)
	return nil, nil
}

func (f *fake) ListResource(ctx context.Context, _ *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	stream := f.list(ctx)
	if stream == nil {
		return nil, errors.New("refused")
	}
	return stream, nil
}

func TestACallHasTheContextThatItWasMadeWith(t *testing.T) {
	cause := errors.New("the CLI hung up")
	parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, "one"))
	parent, stop := context.WithTimeout(parent, time.Hour)
	defer stop()
	want, _ := parent.Deadline()
	var kept context.Context
	s := &server{framework: &fake{read: func(ctx context.Context) {
		kept = ctx //nolint:fatcontext // the test is about the kept context
		if got, ok := ctx.Deadline(); !ok || !got.Equal(want) {
			t.Errorf("the deadline is %v, %v, want %v", got, ok, want)
		}
		if got := ctx.Value(key{}); got != "one" || ctx.Err() != nil {
			t.Errorf("before the interruption: value %v, error %v", got, ctx.Err())
		}
		cancel(cause)
		<-ctx.Done()
		if got := ctx.Value(key{}); got != "one" || !errors.Is(context.Cause(ctx), cause) {
			t.Errorf("after the interruption: value %v, cause %v", got, context.Cause(ctx))
		}
	}}}
	if _, err := s.ReadResource(parent, nil); err != nil {
		t.Fatal(err)
	}
	if kept.Err() == nil {
		t.Error("the context outlives its call")
	}
}

// A poller that several resources wait for continues with the context of the first one. Its log lines need a logger from the context.
func TestWorkThatOutlivesItsCallStillHasValues(t *testing.T) {
	var shared context.Context
	f := &fake{read: func(ctx context.Context) { shared = context.WithoutCancel(ctx) }} //nolint:fatcontext // the test is about the kept context
	s := &server{framework: f}
	_, _ = s.ReadResource(context.WithValue(t.Context(), key{}, "first"), nil)
	f.read = func(context.Context) {}
	_, _ = s.ReadResource(context.WithValue(t.Context(), key{}, "second"), nil)
	if got := shared.Value(key{}); got != "second" {
		t.Errorf("after its call, the value is %v, want that of the newest call", got)
	}
	if _, ok := shared.Deadline(); ok || shared.Err() != nil {
		t.Error("the shared work ended with its first call")
	}
}

func TestAStreamKeepsItsContextUntilItIsRead(t *testing.T) {
	var kept context.Context
	results := func(yield func(tfprotov6.ListResourceResult) bool) {
		for range 3 {
			if kept.Err() != nil || kept.Value(key{}) != "one" {
				t.Errorf("while the stream is read: error %v, value %v", kept.Err(), kept.Value(key{}))
			}
			if !yield(tfprotov6.ListResourceResult{}) {
				return
			}
		}
	}
	f := &fake{list: func(ctx context.Context) *tfprotov6.ListResourceServerStream {
		kept = ctx //nolint:fatcontext // the test is about the kept context
		return &tfprotov6.ListResourceServerStream{Results: results}
	}}
	s := &server{framework: f}
	for _, most := range []int{3, 1} {
		stream, err := s.ListResource(context.WithValue(t.Context(), key{}, "one"), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for range stream.Results {
			if got++; got == most {
				break
			}
		}
		if got != most {
			t.Errorf("the stream has %d results, want %d", got, most)
		}
		if kept.Err() == nil {
			t.Errorf("the context outlives the reading of %d results", most)
		}
	}
	f.list = func(ctx context.Context) *tfprotov6.ListResourceServerStream { kept = ctx; return nil } //nolint:fatcontext // the test is about the kept context
	if _, err := s.ListResource(t.Context(), nil); err == nil || kept.Err() == nil {
		t.Errorf("a call that fails: error %v, its context %v", err, kept.Err())
	}
}

// waiting is a provider with a single function, which waits until it is interrupted.
type waiting struct {
	framework.Provider
	function.Function

	begun chan struct{}
}

func (w *waiting) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return w }}
}

func (w *waiting) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "wait"
}

func (w *waiting) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{Return: function.StringReturn{}}
}

func (w *waiting) Run(ctx context.Context, _ function.RunRequest, resp *function.RunResponse) {
	close(w.begun)
	<-ctx.Done()
	resp.Error = function.NewFuncError("interrupted")
}

// provide has the provider's methods without those for functions.
type provide struct {
	framework.Provider
	*waiting
}

func (p provide) Metadata(context.Context, framework.MetadataRequest, *framework.MetadataResponse) {}

func TestStopInterruptsTheCallsUnderWay(t *testing.T) {
	w := &waiting{begun: make(chan struct{})}
	s, err := NewServer(provide{waiting: w})
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan *tfprotov6.CallFunctionResponse)
	go func() {
		answer, err := s.CallFunction(context.Background(), &tfprotov6.CallFunctionRequest{Name: "wait"})
		if err != nil {
			t.Error(err)
		}
		answers <- answer
	}()
	<-w.begun
	if _, err := s.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
		t.Fatal(err)
	}
	if answer := <-answers; answer == nil || answer.Error == nil || answer.Error.Text != "interrupted" {
		t.Errorf("the call answers %+v", answer)
	}
}
