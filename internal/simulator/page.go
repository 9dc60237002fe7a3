package simulator

import (
	"bytes"
	_ "embed" // for the page
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// pageRequests is how many of the latest requests the page shows.
const pageRequests = 25

// The data of the page: an overview of each zone, without keys and without PEM.
type (
	pageData struct {
		Now      string
		Zones    []pageZone
		Requests []Request // the latest first
	}
	pageZone struct {
		ID           string
		Enabled      bool
		Certificates []pageCertificate
		Associations []pageAssociation
		Edge         []pageEdge
	}
	pageCertificate struct{ Level, Subject, ID, Status, Next, Expires string }
	pageAssociation struct{ Hostname, Certificate, Enabled, Status, Next string }
	pageEdge        struct{ Hostname, Presented, Why string }
)

// servePage serves GET /_sim/ for a browser. The page loads nothing from elsewhere, and the Content-Security-Policy
// header makes sure of that.
func (s *Server) servePage(w http.ResponseWriter, _ *http.Request) {
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, s.page()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body.Bytes())
}

// page collects the page's data while it holds the lock, so that all of it is from the same moment.
func (s *Server) page() pageData {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.store.advance(now)
	data := pageData{Now: now.UTC().Format("2006-01-02 15:04:05 MST")}
	for _, id := range slices.Sorted(maps.Keys(s.store.zones)) {
		data.Zones = append(data.Zones, s.store.pageZone(id, now))
	}
	for i := len(s.log) - 1; i >= max(0, len(s.log)-pageRequests); i-- {
		data.Requests = append(data.Requests, *s.log[i])
	}
	return data
}

func (st *store) pageZone(id string, now time.Time) pageZone {
	z, b := st.zones[id], &st.behaviour
	out := pageZone{ID: id, Enabled: z.enabled}
	for _, kind := range []Kind{ZoneCertificate, HostnameCertificate} {
		for _, c := range z.sorted(kind) {
			status := c.effective()
			next := ""
			if c.pinned == "" {
				next = nextStep(c.progress, now, map[string]course{
					statusInitializing:      {after: time.Duration(b.DeployAfter), stick: b.StickDeployments},
					statusPendingDeployment: {after: time.Duration(b.DeployAfter), stick: b.StickDeployments},
					statusPendingDeletion:   {after: time.Duration(b.DeleteAfter), stick: b.StickDeletions},
				})
			}
			out.Certificates = append(out.Certificates, pageCertificate{
				Level: string(kind), Subject: c.leaf.Subject.String(), ID: c.id, Status: status,
				Next: next, Expires: expiry(c.leaf.NotAfter, now),
			})
		}
	}
	for _, a := range z.hostnames() {
		if a.progress.status == statusVoided {
			continue
		}
		out.Associations = append(out.Associations, st.pageAssociation(z, a, now))
		out.Edge = append(out.Edge, z.pageEdge(a.key(), a.key()))
	}
	out.Edge = append(out.Edge, z.pageEdge("every other hostname", ""))
	return out
}

func (st *store) pageAssociation(z *zone, a *association, now time.Time) pageAssociation {
	b := &st.behaviour
	enabled := strconv.FormatBool(a.wanted.enabled)
	if a.progress.status == statusPendingDeletion {
		enabled = "being voided"
	}
	certificate := "gone: " + a.wanted.certID
	if c := z.certificates[HostnameCertificate][a.wanted.certID]; c != nil {
		certificate = c.leaf.Subject.String()
	}
	return pageAssociation{
		Hostname: a.key(), Certificate: certificate, Enabled: enabled, Status: a.progress.status,
		Next: nextStep(a.progress, now, map[string]course{
			statusPendingDeployment: {after: time.Duration(b.AssociateAfter), stick: b.StickAssociations},
			statusPendingDeletion:   {after: time.Duration(b.VoidAfter), stick: b.StickVoids},
		}),
	}
}

// nextStep says when a pending status will change.
func nextStep(p progress, now time.Time, courses map[string]course) string {
	c, pending := courses[p.status]
	switch {
	case !pending:
		return ""
	case c.stick:
		return "held back"
	default:
		return fmt.Sprintf("in %.1f s", max(0, p.since.Add(c.after).Sub(now)).Seconds())
	}
}

func expiry(end, now time.Time) string {
	const day = 24 * time.Hour
	switch left := end.Sub(now); {
	case left < 0:
		return "expired " + end.UTC().Format("2006-01-02")
	case left < 2*day:
		return fmt.Sprintf("in %d h", int(left.Hours()))
	default:
		return fmt.Sprintf("in %d days", int(left/day))
	}
}

// reasons explain the source of a certificate, or why there is none.
var reasons = map[string]string{
	SourceHostname: "the hostname's association",
	SourceZone:     "the zone-level setting is on, and this is the zone certificate deployed last",
	SourceDisabled: "the hostname's association is disabled",
	SourceShared:   "the zone-level setting is on, but the zone has no certificate of its own",
	SourceNone:     "no association, and the zone-level setting is off",
}

func (z *zone) pageEdge(label, hostname string) pageEdge {
	pair, source, ok := z.presents(strings.ToLower(hostname))
	out := pageEdge{Hostname: label, Presented: "none", Why: reasons[source]}
	switch {
	case ok:
		out.Presented = pair.Leaf.Subject.String()
	case source == SourceShared:
		out.Presented = "Cloudflare's shared certificate"
	case source == SourceHostname || source == SourceZone:
		out.Why += ", but its certificate does not exist or has no key here"
	}
	return out
}
