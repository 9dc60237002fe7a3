package simulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Paging of GET .../hostnames (section 3, "newer endpoint": documented).
const (
	defaultPerPage = 50
	maxPerPage     = 1000
)

// listAssociations is the paged list; whether the real API serves it
// everywhere is unknown, so it can be made to fail. What a bad parameter
// answers is invented.
func (st *store) listAssociations(c call) reply {
	switch st.behaviour.PagedListStatus {
	case http.StatusNotFound:
		return noRoute(c.path)
	case http.StatusMethodNotAllowed:
		return gatewayFailure(http.StatusMethodNotAllowed, errMethod)
	case http.StatusBadRequest:
		return failure(http.StatusBadRequest, errUnsupported)
	}
	page, ok := number(c.query.Get("page"), 1)
	perPage, ok2 := number(c.query.Get("per_page"), defaultPerPage)
	wanted, ok3 := statusFilter(c.query.Get("status"))
	if !ok || !ok2 || !ok3 || perPage > maxPerPage {
		return failure(http.StatusBadRequest, errBadQuery)
	}
	all := []wireAssociationRow{}
	for _, a := range st.zone(c.zone).hostnames() {
		v, ok := st.view(a)
		if !ok || wanted != nil && !slices.Contains(wanted, v.status) {
			continue
		}
		all = append(all, wireAssociationRow{
			CertID: v.certID, CreatedAt: st.createdAt(a), Enabled: v.enabled, Hostname: st.hostnameEcho(a),
			Status: v.status, UpdatedAt: stamp(a.updatedAt), FutureField: future(&st.behaviour),
		})
	}
	from := min((page-1)*perPage, len(all))
	to := min(from+perPage, len(all))
	r := success(all[from:to])
	r.info = &resultInfo{
		Page: page, PerPage: perPage, Count: to - from, TotalCount: len(all),
		TotalPages: (len(all) + perPage - 1) / perPage,
	}
	return r
}

// number reads a positive number small enough to multiply.
func number(text string, otherwise int) (int, bool) {
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= 1_000_000
}

// statusFilter reads the comma list; nil is `all`. The default is `active`.
func statusFilter(text string) ([]string, bool) {
	switch text {
	case "":
		return []string{statusActive}, true
	case "all":
		return nil, true
	}
	wanted := strings.Split(text, ",")
	for _, status := range wanted {
		if !knownStatus(status) {
			return nil, false
		}
	}
	return wanted, true
}

func knownStatus(status string) bool {
	switch status {
	case statusInitializing, statusPendingDeployment, statusPendingDeletion, statusActive,
		statusDeleted, statusDeploymentTimedOut, statusDeletionTimedOut:
		return true
	}
	return false
}
