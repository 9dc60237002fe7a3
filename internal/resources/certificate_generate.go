package resources

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/mint"
	"github.com/origintls/terraform-provider-origintls/internal/secret"
)

// pairToUpload returns the certificate and the key that Create uploads, if the origins of verify_origins accept them.
func (r *certificate) pairToUpload(ctx context.Context, config *certificateModel, diags *diag.Diagnostics) (*certpem.Bundle, *certpem.Key) {
	requireKey(config, nil, diags)
	bundle, key := r.pair(ctx, config, diags)
	if !diags.HasError() && !verifyOrigins(ctx, config.VerifyOrigins, bundle, key, diags) {
		key.Erase()
	}
	return bundle, key
}

// pair returns the certificate and the key. They come from the configuration, or are generated.
func (r *certificate) pair(ctx context.Context, config *certificateModel, diags *diag.Diagnostics) (*certpem.Bundle, *certpem.Key) {
	if config.Generate.IsNull() {
		return readPEM(config, diags)
	}
	g := generateOf(ctx, config.Generate, diags)
	if g == nil || diags.HasError() {
		return nil, nil
	}
	return r.generate(config, g, diags)
}

// generate creates a key and a certificate for it.
func (r *certificate) generate(config *certificateModel, g *generateModel, diags *diag.Diagnostics) (*certpem.Bundle, *certpem.Key) {
	now := r.data.Now()
	checkMinting(g, now, diags)
	if diags.HasError() {
		return nil, nil
	}
	request := mint.Request{
		CommonName: g.CommonName.ValueString(), Algorithm: g.keyAlgorithm(), Now: now, Until: now.Add(days(g.validityDays())),
	}
	authority, chain := readCA(g, diags)
	if diags.HasError() {
		return nil, nil
	}
	request.CA = authority
	var bundle *certpem.Bundle
	var key *certpem.Key
	var err error
	secret.Do(func() {
		var pair *mint.Pair
		if pair, err = mint.Mint(request); err == nil {
			bundle = &certpem.Bundle{Leaf: pair.Leaf, Chain: chain}
			key, err = certpem.NewKey(pair.Key)
		}
	})
	if err == nil {
		r.data.Generated.Store(bundle.Fingerprint(), true)
		return bundle, key
	}
	diags.AddError("Unable to generate certificate", fmt.Sprintf(
		"Object: %s.\n\nThe provider could not create the certificate: %s. Nothing was sent to Cloudflare, and what the edge presents stays as it is.",
		r.object(config.ZoneID, config.ID), err))
	return nil, nil
}

// readCA reads the CA of generate. It returns the authority that signs, and the CA's certificates to upload after the
// leaf, which are all but a root. Both are nil without a CA. The authority is also nil if its key is not set or not
// known.
func readCA(g *generateModel, diags *diag.Diagnostics) (*mint.Authority, []*x509.Certificate) {
	if !isSet(g.CACertificate) {
		return nil, nil
	}
	certs, err := certpem.ParseCertificates(g.CACertificate.ValueString())
	if err == nil {
		err = inOrder(certs)
	}
	if err != nil {
		diags.AddError("Invalid CA certificate", fmt.Sprintf("The value of ca_certificate in generate cannot be used: %s.", err))
		return nil, nil
	}
	var chain []*x509.Certificate
	for _, cert := range certs {
		if !mint.IsSelfSigned(cert) {
			chain = append(chain, cert)
		}
	}
	if !isSet(g.CAPrivateKeyWO) {
		return nil, chain
	}
	key, err := certpem.ParseKey(g.CAPrivateKeyWO.ValueString())
	switch {
	case err != nil:
		diags.AddError("Invalid CA private key", fmt.Sprintf("The value of ca_private_key_wo in generate cannot be used: %s.", err))
		return nil, chain
	case key.Matches(&certpem.Bundle{Leaf: certs[0]}) != nil:
		diags.AddError("CA private key does not match CA certificate",
			"The value of ca_private_key_wo in generate is not the key of the first certificate in ca_certificate: their public keys differ.")
		return nil, chain
	}
	return &mint.Authority{Certificate: certs[0], Signer: key.Signer()}, chain
}

// inOrder returns an error unless each certificate has signed the one before it.
func inOrder(certs []*x509.Certificate) error {
	for i := 1; i < len(certs); i++ {
		if certs[i-1].CheckSignatureFrom(certs[i]) != nil {
			return fmt.Errorf("block %d is not the CA that has signed block %d; the signing CA has to come first, followed by the CAs above it, if any", i+1, i)
		}
	}
	return nil
}

// warnOfLeftovers names the certificates that an earlier apply may have left behind because it was killed between the
// upload and saving the state. No state contains such a certificate. It is recognised by its common name.
//
// During a plan, the ledger knows which certificates the state contains. An apply is another process, and its Create
// does not know which certificate it replaces. So in an apply, only a certificate that generate would create and keep
// as it is counts. A certificate that is replaced for a renewal or a change of arguments does not count then. One
// that is replaced by -replace does, so the warning says when there is nothing to do.
func (r *certificate) warnOfLeftovers(ctx context.Context, zone *client.Zone, config *certificateModel, diags *diag.Diagnostics) {
	g := generateOf(ctx, config.Generate, diags)
	if g == nil {
		return
	}
	zoneID := config.ZoneID.ValueString()
	certs, err := zone.Certificates(r.kind).All(ctx)
	if err != nil {
		return // the upload requests the list too, and reports what is wrong
	}
	var lines []string
	for i := range certs {
		if r.isLeftover(ctx, &certs[i], g, zone.Ledger) {
			lines = append(lines, fmt.Sprintf("  %s (uploaded on %s, %s)", certs[i].ID, certs[i].UploadedOn, certs[i].Status))
		}
	}
	if len(lines) == 0 {
		return
	}
	diags.AddWarning("Another certificate has this common name", fmt.Sprintf(
		"Zone %[1]s has other %[2]ss with the common name %[3]q:\n\n%[4]s\n\n"+
			"If this apply replaces such a certificate, or another resource manages it, there is nothing to do. Otherwise, an earlier apply was killed after the upload "+
			"and before Terraform wrote the state. No state contains that certificate, its key is lost, and nothing will ever renew or delete it. "+
			"The provider does not delete it on its own. What to do: import it as another origintls_%[5]s, with the id %[1]s/CERTIFICATE_ID, and destroy that resource, or delete the certificate with the API.",
		zoneID, r.kind, g.CommonName.ValueString(), strings.Join(lines, "\n"), typeNames[r.kind]))
}

func (r *certificate) isLeftover(ctx context.Context, cert *client.Certificate, g *generateModel, ledger *client.Ledger) bool {
	leaf, err := certpem.ParseFirst(cert.PEM)
	if err != nil || cert.Status.Gone() || len(leaf.Subject.Names) != 1 || leaf.Subject.CommonName != g.CommonName.ValueString() {
		return false
	}
	fingerprint := certpem.Fingerprint(cert.PEM)
	if ledger.Refreshing() {
		if !ledger.Holds(cert.ID) {
			ledger.AwaitHolders(ctx, client.CertificateKey(r.kind, fingerprint)) // other addresses may be being refreshed at the moment
		}
		return !ledger.Holds(cert.ID)
	}
	_, ours := r.data.Generated.Load(fingerprint)
	return !ours && g.makes(leaf) && !isDue(leaf.NotAfter, g.renewBeforeDays(), r.data.Now())
}

// makes reports whether generate would create a certificate like this one.
func (g *generateModel) makes(leaf *x509.Certificate) bool {
	issuer := leaf.RawSubject
	if !g.selfSigned() {
		ca, err := certpem.ParseFirst(g.CACertificate.ValueString())
		if err != nil {
			return false
		}
		issuer = ca.RawSubject
	}
	lifetime := leaf.NotAfter.Sub(leaf.NotBefore) - days(g.validityDays())
	return bytes.Equal(leaf.RawIssuer, issuer) && mint.AlgorithmOf(leaf.PublicKey) == g.keyAlgorithm() && lifetime >= 0 && lifetime <= mint.Backdated
}

// isDue reports whether a certificate has to be replaced now.
func isDue(notAfter time.Time, renewBeforeDays int64, now time.Time) bool {
	return !now.Before(notAfter.Add(-days(renewBeforeDays)))
}

// renewalDue reports whether the generated certificate of a state has to be replaced now, and when it expires. It is
// false if the state does not contain the certificate.
func (r *certificate) renewalDue(m *certificateModel, renewBeforeDays int64) (due bool, notAfter time.Time) {
	leaf, err := certpem.ParseFirst(m.Certificate.ValueString())
	if err != nil {
		return false, notAfter
	}
	return isDue(leaf.NotAfter, renewBeforeDays, r.data.Now()), leaf.NotAfter
}
