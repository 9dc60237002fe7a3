// Package functions contains the provider's functions, one file for each.
package functions

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
)

var _ function.Function = &parseCertificate{}

// parseCertificate is the function parse_certificate(pem).
type parseCertificate struct{}

// NewParseCertificate returns the function parse_certificate.
func NewParseCertificate() function.Function { return &parseCertificate{} }

// parsedCertificate is the function's result. If there is an error, all other fields are null.
type parsedCertificate struct {
	Subject            *string  `tfsdk:"subject"`
	Issuer             *string  `tfsdk:"issuer"`
	SerialNumber       *string  `tfsdk:"serial_number"`
	NotBefore          *string  `tfsdk:"not_before"`
	NotAfter           *string  `tfsdk:"not_after"`
	FingerprintSHA256  *string  `tfsdk:"fingerprint_sha256"`
	DNSNames           []string `tfsdk:"dns_names"`
	IsCA               *bool    `tfsdk:"is_ca"`
	PublicKeyAlgorithm *string  `tfsdk:"public_key_algorithm"`
	Error              *string  `tfsdk:"error"`
}

// Metadata implements function.Function.
func (f *parseCertificate) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_certificate"
}

// Definition implements function.Function.
func (f *parseCertificate) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads the first certificate of a PEM text.",
		MarkdownDescription: "Reads the first certificate of a PEM text, which may be a CA certificate, and returns an object with `subject` and `issuer` " +
			"(distinguished names), `serial_number` (decimal), `not_before` and `not_after` (RFC 3339), `fingerprint_sha256` (of the DER, lower-case " +
			"hexadecimal, as in the certificate resources), `dns_names`, `is_ca`, `public_key_algorithm` (`RSA`, `ECDSA` or `Ed25519`) and `error`. " +
			"Blocks that are not certificates are skipped.\n\n" +
			"If the text contains no certificate, the function fails, with one exception: if the text may contain a private key, such as a key file given by mistake, " +
			"`error` says what is wrong, and everything else is null. The reason is that Terraform and OpenTofu print the argument of a function that fails, and with it the key. " +
			"Otherwise, `error` is null.\n\n" +
			"It needs Terraform 1.8 or OpenTofu 1.7.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "pem",
				MarkdownDescription: "The PEM text. Text around the block, line endings and indentation do not matter.",
			},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"subject": types.StringType, "issuer": types.StringType, "serial_number": types.StringType,
			"not_before": types.StringType, "not_after": types.StringType, "fingerprint_sha256": types.StringType,
			"dns_names": types.ListType{ElemType: types.StringType}, "is_ca": types.BoolType, "public_key_algorithm": types.StringType,
			"error": types.StringType,
		}},
	}
}

// Run implements function.Function.
func (f *parseCertificate) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	cert, err := certpem.ParseFirst(text)
	switch {
	case err != nil && certpem.MayHoldKey(text):
		// For an error of a function, the CLI prints the value of each argument.
		said := fmt.Sprintf("Unable to parse certificate: %s.", err)
		resp.Error = resp.Result.Set(ctx, parsedCertificate{Error: &said})
	case err != nil:
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("Unable to parse certificate: %s.", err))
	default:
		resp.Error = resp.Result.Set(ctx, parsed(cert, certpem.Fingerprint(text)))
	}
}

func parsed(cert *x509.Certificate, fingerprint string) parsedCertificate {
	names := cert.DNSNames
	if names == nil {
		names = []string{} // an empty list, not null
	}
	return parsedCertificate{
		Subject:            new(cert.Subject.String()),
		Issuer:             new(cert.Issuer.String()),
		SerialNumber:       new(cert.SerialNumber.String()),
		NotBefore:          new(cert.NotBefore.UTC().Format(time.RFC3339)),
		NotAfter:           new(cert.NotAfter.UTC().Format(time.RFC3339)),
		FingerprintSHA256:  &fingerprint,
		DNSNames:           names,
		IsCA:               &cert.IsCA,
		PublicKeyAlgorithm: new(cert.PublicKeyAlgorithm.String()),
	}
}
