package resources

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var (
	_ resource.ResourceWithConfigure      = &certificate{}
	_ resource.ResourceWithValidateConfig = &certificate{}
	_ resource.ResourceWithModifyPlan     = &certificate{}
	_ resource.ResourceWithImportState    = &certificate{}
	_ resource.ResourceWithIdentity       = &certificate{}
)

// certificate is the resource for both zone and hostname certificates.
type certificate struct {
	base
	kind        client.CertificateKind
	description string
}

// Metadata implements resource.Resource.
func (r *certificate) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + typeNames[r.kind]
	resp.ResourceBehavior = plansDeferred
}

var typeNames = map[client.CertificateKind]string{
	client.ZoneCertificate:     "zone_certificate",
	client.HostnameCertificate: "hostname_certificate",
}

// Schema implements resource.Resource.
func (r *certificate) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = certificateSchema(ctx, r.description)
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *certificate) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("certificate_id", "Id of the certificate.")
}

// Create uploads the certificate, saves its id, and waits until the certificate is active at the edge.
func (r *certificate) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan certificateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	api := r.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := withTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	bundle, key := r.pairToUpload(ctx, &config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.Certificate.IsUnknown() {
		plan.Certificate = types.StringValue(bundle.PEM())
	}
	zoneID := plan.ZoneID.ValueString()
	zone := api.Zone(zoneID)
	defer zone.Ledger.Finish(client.CertificateKey(r.kind, bundle.Fingerprint()))
	service := zone.Certificates(r.kind)
	r.warnOfLeftovers(ctx, zone, &config, &resp.Diagnostics)

	cert, taken, err := service.Upload(ctx, bundle, key, !plan.AdoptedAt.IsNull())
	key.Erase()
	if err != nil {
		advice := unknownUploadAdvice
		if !keepUnknown(ctx, &plan, bundle.Fingerprint(), err, resp) {
			advice = r.uploadAdvice(ctx, service, zoneID, err)
		}
		r.problem("create", plan.ZoneID, types.StringNull(), err, advice).Add(&resp.Diagnostics)
		return
	}
	if plan.AdoptedAt.IsUnknown() {
		plan.AdoptedAt = types.StringNull()
		if taken {
			plan.AdoptedAt = types.StringValue(api.Started())
		}
	}
	// Save the id before waiting, so that the certificate is in the state whatever happens from here on.
	plan.fromAPI(cert, r.data, r.data.Now())
	save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics)

	cert, err = service.WaitActive(ctx, cert)
	plan.fromAPI(cert, r.data, r.data.Now())
	save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics)
	if err != nil {
		r.problem("create", plan.ZoneID, plan.ID, err, r.waitAdvice(err, !plan.Generate.IsNull())).Add(&resp.Diagnostics)
	}
}

// Read refreshes the state. A certificate that is deleted or being deleted is removed from the state.
func (r *certificate) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state certificateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	identify(ctx, resp.Identity, &state, &resp.Diagnostics)
	api := r.data.API()
	if resp.Diagnostics.HasError() || state.ID.IsNull() {
		return
	}
	if api == nil { // without a client, only the time can change anything
		state.updateRenewal(r.data.Now())
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		return
	}
	ctx, cancel := withTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	zone := api.Zone(state.ZoneID.ValueString())
	zone.Ledger.Refresh()
	cert, err := zone.Certificates(r.kind).Get(ctx, state.ID.ValueString())
	switch {
	case client.IsNotFound(err), err == nil && cert.Status.Gone():
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		r.problem("read", state.ZoneID, state.ID, err, "").Add(&resp.Diagnostics)
		return
	}
	if supersedes(cert, &state) {
		resp.State.RemoveResource(ctx)
		return
	}
	cert.ID = state.ID.ValueString()
	state.fromAPI(cert, r.data, r.data.Now())
	if zone.Ledger.Read(ctx, r.key(&state), state.holding()) {
		resp.State.RemoveResource(ctx) // the certificate belongs to another instance now
		return
	}
	save(ctx, &resp.State, resp.Identity, &state, &resp.Diagnostics)
}

// supersedes reports whether the API shows a later upload under the id of the certificate in the state, which never
// became active. Cloudflare may give a certificate that is uploaded again its former id. So after two failed applies
// with create_before_destroy, the state contains that id twice. The former upload has to count as gone, because
// deleting it would delete the later one.
func supersedes(cert *client.Certificate, state *certificateModel) bool {
	// The API reports uploaded_on with varying precision, so allow one second of difference.
	return client.Status(state.Status.ValueString()) != client.StatusActive &&
		cert.UploadedAfter(state.UploadedOn.ValueString(), time.Second)
}

// Update stores what only Terraform knows: another text of the same certificate or key, and timeouts. It changes
// nothing at Cloudflare. If the certificate was still being deployed at the last read, Update waits for it.
func (r *certificate) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan certificateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	api := r.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.Status.IsUnknown() {
		ctx, cancel := withTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
		defer cancel()
		seen := &client.Certificate{ID: plan.ID.ValueString()}
		seen, err := api.Zone(plan.ZoneID.ValueString()).Certificates(r.kind).WaitActive(ctx, seen)
		if err != nil {
			p := r.problem("update", plan.ZoneID, plan.ID, err, "")
			p.Timeout = "create"
			p.Add(&resp.Diagnostics)
		}
		plan.Status = attribute.Text(string(seen.Status))
	}
	save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics)
}

// Delete deletes the certificate and waits until it is gone.
func (r *certificate) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state certificateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	api := r.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := withTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	elsewhere := marked[bool](ctx, req.Private, elsewhereKey, &resp.Diagnostics)
	service := api.Zone(state.ZoneID.ValueString()).Certificates(r.kind)
	if !r.findID(ctx, service, &state, &resp.Diagnostics) {
		return // the certificate does not exist
	}
	err := service.Delete(ctx, state.ID.ValueString(), r.key(&state), client.Status(state.Status.ValueString()), elsewhere)
	if err != nil {
		r.problem("delete", state.ZoneID, state.ID, err, r.deleteAdvice(ctx, api, &state, err)).Add(&resp.Diagnostics)
	}
}

// ImportState implements resource.ResourceWithImportState.
func (r *certificate) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := importKey(ctx, req, resp, "certificate_id", attribute.IsCertificateID)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("certificate_id"), id)...)
}

func (r *certificate) object(zoneID, id types.String) string {
	if id.ValueString() == "" {
		return fmt.Sprintf("a %s of zone %s", r.kind, zoneID.ValueString())
	}
	return fmt.Sprintf("%s %s of zone %s", r.kind, id.ValueString(), zoneID.ValueString())
}

func (r *certificate) problem(verb string, zoneID, id types.String, err error, advice string) attribute.Problem {
	return attribute.Problem{Verb: verb, Noun: string(r.kind), Object: r.object(zoneID, id), Err: err, Advice: advice}
}

// isRefusal reports whether the API has refused a request, so that nothing was changed. After a 408 or a 5xx, the
// request may have been carried out, even if the answer has the API's envelope.
func isRefusal(err error) bool {
	var e *client.Error
	return errors.As(err, &e) && e.Enveloped && e.Status < http.StatusInternalServerError && e.Status != http.StatusRequestTimeout
}
