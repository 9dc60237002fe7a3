package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
)

const starts = 21

// startUp measures what every command of a CLI begins with. It speaks to the provider as
// hashicorp/go-plugin does, mutual TLS included: what the official packages need for it is either
// internal to them or no direct dependency of this module.
func startUp(ctx context.Context, out io.Writer, binary string) error {
	certificate, key, err := issue("localhost", func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid = true, true // the provider takes it as the CA of its clients
		c.KeyUsage |= x509.KeyUsageCertSign
	})
	if err != nil {
		return err
	}
	handshakes, schemas := make([]time.Duration, starts), make([]time.Duration, starts)
	bytes := 0
	for i := range starts {
		if handshakes[i], schemas[i], bytes, err = startOnce(ctx, binary, certificate, key); err != nil {
			return fmt.Errorf("start-up: %w", err)
		}
	}
	fmt.Fprintf(out, "Start-up, %d times, median and worst: from the start of the process to go-plugin's handshake line %s;\n"+
		"  to the full answer of GetProviderSchema (%d bytes; gRPC over the plugin's socket with mutual TLS, no CLI involved) %s.\n",
		starts, spread(handshakes), bytes, spread(schemas))
	return nil
}

func spread(all []time.Duration) string {
	slices.Sort(all)
	return fmt.Sprintf("%.0f ms, %.0f ms", all[len(all)/2].Seconds()*1000, all[len(all)-1].Seconds()*1000)
}

// startOnce starts a provider, asks for its schema and ends it.
func startOnce(ctx context.Context, path, certificate, key string) (handshake, schema time.Duration, size int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(childprocess.EnvWithout("TF_", "CLOUDFLARE_", "PLUGIN_"),
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		"PLUGIN_PROTOCOL_VERSIONS=6", "PLUGIN_CLIENT_CERT="+certificate)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, 0, err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed is how it ends
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return 0, 0, 0, fmt.Errorf("no handshake: %w", err)
	}
	handshake = time.Since(started)
	size, err = getSchema(ctx, strings.Split(strings.TrimSpace(line), "|"), certificate, key)
	return handshake, time.Since(started), size, err
}

// getSchema calls GetProviderSchema at the address of a handshake: core version, protocol version,
// network, address, "grpc", and the server's certificate.
func getSchema(ctx context.Context, parts []string, certificate, key string) (int, error) {
	if len(parts) < 6 || parts[1] != "6" || parts[4] != "grpc" {
		return 0, fmt.Errorf("unknown handshake %q", parts)
	}
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		return 0, err
	}
	der, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return 0, err
	}
	server, err := x509.ParseCertificate(der)
	if err != nil {
		return 0, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(server)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, parts[2], parts[3])
		},
		TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, RootCAs: roots},
		ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	// A message without fields, behind its flag and its length.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://localhost/tfplugin6.Provider/GetProviderSchema", bytes.NewReader(make([]byte, 5)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if status := resp.Trailer.Get("Grpc-Status"); status != "0" {
		return 0, fmt.Errorf("GetProviderSchema: gRPC status %q", status)
	}
	if len(answer) < 5 || int(binary.BigEndian.Uint32(answer[1:5])) != len(answer)-5 {
		return 0, errors.New("GetProviderSchema: the answer is not one message")
	}
	return len(answer) - 5, nil
}
