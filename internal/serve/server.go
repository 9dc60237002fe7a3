package serve

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// protocol is everything that the framework's server implements. terraform-plugin-go uses separate interfaces for
// some parts. A server that does not implement one of them would seem to have no list resources, for example.
// TestTheServerHasEveryMethodOfTheFrameworks fails if the framework's server has further methods.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server passes every call on to the framework's server, with a context that the framework may keep without keeping
// the call's memory.
//
// terraform-plugin-framework keeps the context of each call until the provider stops, and with it the request, its
// loggers and its gRPC stream. That is 20 KB for each call, with 5 calls for each resource in a plan. It does so up
// to and including v1.19.0 (registerContext in internal/proto6server/serve.go). This type becomes unnecessary with a
// version whose registerContext forgets a context when its call ends. BenchmarkRetained shows it.
type server struct {
	framework protocol
	calls     calls
}

// NewServer returns a server for the provider. terraform-plugin-testing accepts it as well.
func NewServer(p provider.Provider) (tfprotov6.ProviderServer, error) {
	framework, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		return nil, err
	}
	return wrap(framework)
}

// wrap returns an error if the framework's server does not implement the whole protocol. That can only happen with
// another version of the framework.
func wrap(framework tfprotov6.ProviderServer) (*server, error) {
	whole, ok := framework.(protocol)
	if !ok {
		return nil, fmt.Errorf("the framework's server %T does not implement the whole protocol", framework)
	}
	return &server{framework: whole}, nil
}
