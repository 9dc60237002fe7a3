package resources

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var _ list.ListResourceWithConfigure = &certificateList{}

// certificateList lists the certificates of one kind.
type certificateList struct{ certificate }

// NewZoneCertificateList returns the list resource origintls_zone_certificate.
func NewZoneCertificateList() list.ListResource {
	return &certificateList{certificate{kind: client.ZoneCertificate}}
}

// NewHostnameCertificateList returns the list resource origintls_hostname_certificate.
func NewHostnameCertificateList() list.ListResource {
	return &certificateList{certificate{kind: client.HostnameCertificate}}
}

// ListResourceConfigSchema implements list.ListResource.
func (r *certificateList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = inZone("Finds the " + string(r.kind) + "s of a zone, except those that are being deleted. " +
		"The result contains no private keys, because Cloudflare never shows them.")
}

// List implements list.ListResource.
func (r *certificateList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	r.listZone(ctx, req, stream, r.search)
}

func (r *certificateList) search(ctx context.Context, api *client.Client, zoneID string, diags *diag.Diagnostics) []found {
	certs, err := api.Zone(zoneID).Certificates(r.kind).All(ctx)
	if err != nil {
		p := r.problem("list", types.StringValue(zoneID), types.StringNull(), err, "")
		p.Object = "the " + string(r.kind) + "s of zone " + zoneID
		p.Add(diags)
		return nil
	}
	certs = slices.DeleteFunc(certs, func(c client.Certificate) bool { return c.Status.Gone() })
	slices.SortFunc(certs, func(a, b client.Certificate) int {
		return cmp.Or(cmp.Compare(a.UploadedOn, b.UploadedOn), cmp.Compare(a.ID, b.ID))
	})
	objects := make([]found, len(certs))
	for i := range certs {
		m := &certificateModel{ZoneID: types.StringValue(zoneID), Generate: noGenerate(), VerifyOrigins: noOrigins(), Timeouts: noTimeouts("create", "read", "delete")}
		m.fromAPI(&certs[i], r.data, r.data.Now())
		objects[i] = found{name: certificateName(&certs[i]), model: m}
	}
	return objects
}

// certificateName returns the name under which a list shows a certificate.
func certificateName(cert *client.Certificate) string {
	leaf, err := certpem.ParseFirst(cert.PEM)
	if err != nil {
		return cert.ID
	}
	return leaf.Subject.String() + ", until " + leaf.NotAfter.UTC().Format(time.DateOnly)
}
