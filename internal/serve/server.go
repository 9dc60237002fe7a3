package serve

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// protocol is all that the framework's server implements. terraform-plugin-go asks for some of it by
// interfaces of their own, and a server without one of them would seem to lack, for example, list resources.
// TestTheServerHasEveryMethodOfTheFrameworks fails when the framework's server has grown.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server hands every call to the framework's server, with a context that the framework may keep.
//
// terraform-plugin-framework keeps the context of each call until the provider stops, and with it the request,
// its loggers and its gRPC stream: 20 KB a call, 5 calls for each resource of a plan. That is so up to and
// including v1.19.0 (registerContext in internal/proto6server/serve.go). A version whose registerContext
// forgets a context when its call ends makes this type unnecessary; BenchmarkRetained shows it.
type server struct {
	framework protocol
	calls     calls
}

// NewServer returns a server of the provider, in the form that terraform-plugin-testing takes as well.
func NewServer(p provider.Provider) (tfprotov6.ProviderServer, error) {
	framework, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		return nil, err
	}
	return wrap(framework)
}

// wrap returns an error for a server that lacks a part of the protocol, which only another version of the
// framework could.
func wrap(framework tfprotov6.ProviderServer) (*server, error) {
	whole, ok := framework.(protocol)
	if !ok {
		return nil, fmt.Errorf("the framework's server %T does not implement the whole protocol", framework)
	}
	return &server{framework: whole}, nil
}
