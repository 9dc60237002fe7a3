package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The page sizes documented for GET .../hostnames (section 3, "newer endpoint"). It is invented that the list of zone
// certificates has the same sizes.
const (
	defaultPerPage = 50
	maxPerPage     = 1000
)

// listAssociations returns a page of the paged list. It is unknown whether the real API serves this list to every
// account, so PagedListStatus can make it fail. The answer to an invalid parameter is invented.
func (st *store) listAssociations(c call) reply {
	switch st.behaviour.PagedListStatus {
	case http.StatusNotFound:
		return noRoute(c.path)
	case http.StatusMethodNotAllowed:
		return gatewayFailure(http.StatusMethodNotAllowed, errMethod)
	case http.StatusBadRequest:
		return failure(http.StatusBadRequest, errUnsupported)
	}
	p, ok := pageOf(c.query)
	wanted, ok2 := statusFilter(c.query.Get("status"))
	if !ok || !ok2 {
		return failure(http.StatusBadRequest, errBadQuery)
	}
	all := []wireAssociationRow{}
	for _, a := range st.zone(c.zone).hostnames() {
		v, ok := st.read(a, c.now)
		if !ok || wanted != nil && !slices.Contains(wanted, v.status) {
			continue
		}
		all = append(all, wireAssociationRow{
			CertID: v.certID, CreatedAt: st.createdAt(a, false), Enabled: v.enabled, Hostname: st.hostnameEcho(a),
			Status: v.status, UpdatedAt: stamp(a.updatedAt), FutureField: future(&st.behaviour),
		})
	}
	return listPage(all, p, st.emptyList("[]"))
}

// page is the part of a list that a request asks for.
type page struct{ number, size int }

func pageOf(query url.Values) (page, bool) {
	n, ok := number(query.Get("page"), 1)
	size, ok2 := number(query.Get("per_page"), defaultPerPage)
	return page{n, size}, ok && ok2 && size <= maxPerPage
}

// listPage returns a page of a list with its result_info. empty is the encoding of a page without rows.
func listPage[T any](all []T, p page, empty string) reply {
	from := min((p.number-1)*p.size, len(all))
	to := min(from+p.size, len(all))
	r := success(all[from:to])
	r.empty = empty
	r.info = &resultInfo{
		Page: p.number, PerPage: p.size, Count: to - from, TotalCount: len(all),
		TotalPages: (len(all) + p.size - 1) / p.size,
	}
	return r
}

// emptyList returns the encoding of an empty list: the recorded one, unless the behaviour says otherwise.
func (st *store) emptyList(recorded string) string {
	switch st.behaviour.EmptyLists {
	case EmptyArray:
		return "[]"
	case EmptyNull:
		return "null"
	default:
		return recorded
	}
}

// number reads a positive number that is small enough to be multiplied.
func number(text string, otherwise int) (int, bool) {
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= 1_000_000
}

// statusFilter reads the comma-separated list of statuses. The result is nil for `all`. The default is `active`.
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
	case statusPendingDeployment, statusPendingDeletion, statusActive, // documented, except that initializing is missing
		statusDeleted, statusDeploymentTimedOut, statusDeletionTimedOut:
		return true
	}
	return false
}
