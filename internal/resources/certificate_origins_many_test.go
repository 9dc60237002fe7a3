package resources_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A certificate may name many origins, and the apply connects to eight of them at a time.
func TestVerifyOrigins_EightAtATime(t *testing.T) {
	t.Parallel()
	const all, atATime = 20, 8
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	acctest.NoError(t, err)
	accept := func(within time.Duration) (net.Conn, error) {
		acctest.NoError(t, listener.(*net.TCPListener).SetDeadline(time.Now().Add(within)))
		return listener.Accept()
	}
	w := acctest.New(t)
	rpc := w.RPC()
	config := verifying(rpc, certtest.Leaf(t, "one"), slices.Repeat([]string{listener.Addr().String()}, all)...)
	var diags []*tfprotov6.Diagnostic
	var apply sync.WaitGroup
	apply.Go(func() { _, diags = rpc.Apply(zoneCertName, config, rpc.Null(zoneCertName)) })

	var open []net.Conn // none of them gets an answer
	for range all {
		conn, err := accept(time.Minute)
		acctest.NoError(t, err)
		if open = append(open, conn); len(open) < atATime {
			continue
		}
		if _, err := accept(20 * time.Millisecond); err == nil {
			t.Fatalf("a connection came while %d were open", atATime)
		}
		acctest.NoError(t, open[0].Close())
		open = open[1:]
	}
	_ = listener.Close()
	for _, conn := range open {
		_ = conn.Close()
	}
	apply.Wait()
	if len(diags) != 1 || diags[0].Summary != "Unable to verify origin" || w.Writes() > 0 {
		t.Errorf("the apply said %v, and sent %d writes", diags, w.Writes())
	}
}

// verifying returns the configuration of a zone certificate that these origins have to accept.
func verifying(rpc *acctest.RPC, pair certtest.Pair, addresses ...string) *tfprotov6.DynamicValue {
	typ := rpc.ResourceType(zoneCertName)
	list := typ.(tftypes.Object).AttributeTypes["verify_origins"].(tftypes.List)
	origins := make([]tftypes.Value, len(addresses))
	for i, address := range addresses {
		origins[i] = tftypes.NewValue(list.ElementType, map[string]tftypes.Value{
			"address": acctest.Text(address), "server_name": acctest.Text(served), "path": tftypes.NewValue(tftypes.String, nil), "timeout": acctest.Text("1m"),
		})
	}
	return rpc.Object(typ, acctest.Attributes{
		"zone_id": acctest.Text(acctest.Zone), "certificate": acctest.Text(pair.Certificate), "private_key": acctest.Text(pair.PrivateKey),
		"verify_origins": tftypes.NewValue(list, origins),
	})
}

// An origin may trust many CAs. The error names the first five.
func TestVerifyOrigins_NamesFiveAuthorities(t *testing.T) {
	t.Parallel()
	for trusted, says := range map[int]string{1: `"CN=ca0,O=origintls tests". The`, 5: `"CN=ca4,O=origintls tests". The`, 7: `"CN=ca4,O=origintls tests" and 2 more. The`} {
		o, w := standIn(t), acctest.New(t)
		cas := make([]certtest.Pair, trusted)
		for i := range cas {
			cas[i] = certtest.CA(t, fmt.Sprint("ca", i))
		}
		o.Trust(t, cas...)
		rpc := w.RPC()
		_, diags := rpc.Apply(zoneCertName, verifying(rpc, certtest.Leaf(t, "one"), o.Address()), rpc.Null(zoneCertName))
		if len(diags) != 1 || !strings.Contains(diags[0].Detail, says) || w.Writes() > 0 {
			t.Errorf("%d authorities: the apply said %v, want %s", trusted, diags, says)
		}
	}
}
