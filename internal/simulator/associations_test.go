package simulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var yes, no = new(bool), new(bool)

func init() { *yes = true }

const api = "api.example.com"

func TestAssociationLife(t *testing.T) {
	h := start(t)
	one, two := h.deployed(HostnameCertificate), h.deployed(HostnameCertificate)
	h.do("GET", hostnamePath+"/"+api, "").want(t, 404, 1553)

	answer := h.put(row(api, one, yes)).want(t, 200, 0)
	if len(answer.rows) != 1 || answer.rows[0]["status"] != statusPendingDeployment || answer.rows[0]["cert_status"] != statusActive {
		t.Fatalf("PUT answered %v", answer.rows)
	}
	h.do("GET", hostnamePath+"/"+api, "").wantStatus(t, statusPendingDeployment)
	h.later(2 * time.Second)
	read := h.do("GET", hostnamePath+"/API.Example.com", "").wantStatus(t, statusActive)
	if read.str("hostname") != api || read.str("cert_id") != one || read.fields["enabled"] != true {
		t.Errorf("GET answered %v", read.fields)
	}

	h.put(row(api, two, no)).want(t, 200, 0)
	read = h.do("GET", hostnamePath+"/"+api, "").wantStatus(t, statusPendingDeployment)
	if read.str("cert_id") != two || read.fields["enabled"] != false {
		t.Errorf("during a change GET answered %v", read.fields)
	}
	h.do("DELETE", certPath+"/"+one, "").want(t, 200, 0) // allowed although the edge still presents it
	h.later(2 * time.Second)

	h.put(row(api, two, yes)).want(t, 200, 0)
	h.later(2 * time.Second)
	voided := h.put(row(api, two, nil)).want(t, 200, 0)
	if voided.rows[0]["enabled"] != nil {
		t.Errorf("the void answered %v", voided.rows)
	}
	read = h.do("GET", hostnamePath+"/"+api, "").wantStatus(t, statusActive)
	if read.fields["enabled"] != true || read.str("cert_id") != two {
		t.Errorf("during a void GET answered %v", read.fields)
	}
	h.do("DELETE", certPath+"/"+two, "").want(t, 400, 1433)
	h.later(2 * time.Second)
	h.do("GET", hostnamePath+"/"+api, "").want(t, 404, 1553)
	h.do("DELETE", certPath+"/"+two, "").want(t, 200, 0)
}

func TestVoidShapes(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.VoidShowsDisabled, b.VoidedIsNull = true, true })
	id := h.deployed(HostnameCertificate)
	h.s.AddAssociation(zoneA, api, id, true)
	h.put(row(api, id, nil)).want(t, 200, 0)
	if read := h.do("GET", hostnamePath+"/"+api, ""); read.fields["enabled"] != false {
		t.Errorf("during a void GET answered %v", read.fields)
	}
	h.later(time.Second)
	h.put(row(api, id, nil)).want(t, 200, 0) // does not restart the void
	h.later(time.Second)
	read := h.do("GET", hostnamePath+"/"+api, "").want(t, 200, 0)
	if enabled, there := read.fields["enabled"]; !there || enabled != nil {
		t.Errorf("after a void GET answered %v", read.fields)
	}
	h.do("DELETE", certPath+"/"+id, "").want(t, 200, 0)
	if len(h.s.Dump().Zones[zoneA].Associations) != 0 {
		t.Error("the dump still has a voided association")
	}
}

func TestVoidOfNothing(t *testing.T) {
	h := start(t)
	id := h.deployed(HostnameCertificate)
	h.put(row(api, id, nil)).want(t, 200, 0)
	h.do("GET", hostnamePath+"/"+api, "").want(t, 404, 1553)
}

func TestPutRefusals(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.RefuseHostnames = []string{"*.Example.org", "bad.example.com"} })
	good, zone := h.deployed(HostnameCertificate), h.deployed(ZoneCertificate)
	leaving, gone := h.deployed(HostnameCertificate), h.deployed(HostnameCertificate)
	h.s.SetCertificateStatus(HostnameCertificate, zoneA, leaving, statusPendingDeletion)
	h.s.SetCertificateStatus(HostnameCertificate, zoneA, gone, statusDeleted)
	for name, test := range map[string]struct {
		row  wireAssociateRow
		code int
	}{
		"no cert_id":           {row(api, "", yes), 1404},
		"void without cert_id": {row(api, "", nil), 1404},
		"unknown":              {row(api, newID(), yes), 1415},
		"zone-level":           {row(api, zone, yes), 1415},
		"pending deletion":     {row(api, leaving, yes), 1415},
		"deleted":              {row(api, gone, yes), 1415},
		"void with a deleted":  {row(api, gone, nil), 1415},
		"no hostname":          {row("", good, yes), errBadHostname.Code},
		"long hostname":        {row(strings.Repeat("a", 256), good, yes), errBadHostname.Code},
		"refused by pattern":   {row("WWW.example.org", good, yes), errHostnameRefused.Code},
		"refused by name":      {row("bad.example.com", good, yes), errHostnameRefused.Code},
	} {
		t.Run(name, func(t *testing.T) {
			h.put(row("fine.example.com", good, yes), test.row).want(t, 400, test.code)
			h.do("GET", hostnamePath+"/fine.example.com", "").want(t, 404, 1553) // a rejected PUT writes none of its rows
		})
	}
	h.put(row(api, leaving, nil)).want(t, 200, 0) // an association of this certificate may still be voided
	h.do("PUT", hostnamePath, "{").want(t, 400, errBadBody.Code)
	h.do("PUT", hostnamePath, `{"config":[]}`).want(t, 400, errBadBody.Code)
}

func TestPutAnswersAll(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.PutAnswersAll = true })
	id := h.deployed(HostnameCertificate)
	for _, name := range []string{"c.example.com", "a.example.com"} {
		h.s.AddAssociation(zoneA, name, id, true)
	}
	h.s.AddAssociation(zoneB, "other.example.com", id, true)
	rows := h.put(row("b.example.com", id, yes), row("c.example.com", id, nil)).want(t, 200, 0).rows
	var seen []string
	for _, r := range rows {
		seen = append(seen, fmt.Sprint(r["hostname"], " ", r["enabled"]))
	}
	want := "a.example.com true,b.example.com true,c.example.com <nil>"
	if strings.Join(seen, ",") != want {
		t.Errorf("rows are %v, want %s", seen, want)
	}
}

func TestUpsertLeavesOthersAlone(t *testing.T) {
	h := start(t)
	id := h.deployed(HostnameCertificate)
	h.s.AddAssociation(zoneA, "a.example.com", id, true)
	if rows := h.put(row("b.example.com", id, yes)).rows; len(rows) != 1 {
		t.Errorf("rows are %v", rows)
	}
	h.do("GET", hostnamePath+"/a.example.com", "").wantStatus(t, statusActive)
}

func TestHostnameCase(t *testing.T) {
	h := start(t)
	id := h.deployed(HostnameCertificate)
	h.put(row("API.Example.com", id, yes)).want(t, 200, 0)
	if name := h.do("GET", hostnamePath+"/api.example.COM", "").str("hostname"); name != api {
		t.Errorf("stored as %q", name)
	}
	h.s.Behave(func(b *Behaviour) { b.EchoHostnameAsSent = true })
	if name := h.do("GET", hostnamePath+"/"+api, "").str("hostname"); name != "API.Example.com" {
		t.Errorf("echoed as %q", name)
	}
	h.put(row(api, id, no)).want(t, 200, 0)
	if n := len(h.s.Dump().Zones[zoneA].Associations); n != 1 {
		t.Errorf("%d associations", n)
	}
}

// TestCreatedAt checks that only the answer to a PUT that changes an association has the zero time.
func TestCreatedAt(t *testing.T) {
	const genuine, zero = "2026-11-23T12:00:02.123456Z", "0001-01-01T00:00:00Z"
	h := start(t)
	id := h.deployed(HostnameCertificate)
	put := func(what, want string, rows ...wireAssociateRow) {
		t.Helper()
		if at := h.put(rows...).rows[0]["created_at"]; at != want {
			t.Errorf("%s answers created_at %v, want %s", what, at, want)
		}
	}
	get := func(want string) {
		t.Helper()
		if at := h.do("GET", hostnamePath+"/"+api, "").fields["created_at"]; at != want {
			t.Errorf("GET answers created_at %v, want %s", at, want)
		}
	}
	put("creation", genuine, row(api, id, yes))
	get(genuine)
	put("a change", zero, row(api, id, no))
	get(genuine)
	put("a void", zero, row(api, id, nil))
	h.s.Behave(func(b *Behaviour) { b.CreatedAtAlways = true })
	put("a change, under created_at_always,", genuine, row(api, id, no))
	h.s.Behave(func(b *Behaviour) { b.CreatedAtZero, b.CreatedAtAlways = true, false })
	put("anything, under created_at_zero,", zero, row("new.example.com", id, yes))
	get(zero)
	h.s.Behave(func(b *Behaviour) { b.CreatedAtZero = false })
	put("a void", zero, row(api, id, nil))
	h.later(2 * time.Second)
	put("creation after a void", "2026-11-23T12:00:04.123456Z", row(api, id, yes))
}

// TestInUse checks which associations keep their certificate from being deleted.
func TestInUse(t *testing.T) {
	for name, test := range map[string]struct {
		behave func(*Behaviour)
		put    []*bool // several PUTs, one immediately after the other
		code   int     // the error code of the DELETE immediately after them; 0 for success
	}{
		"enabled":                              {nil, []*bool{yes}, 1433},
		"disabled":                             {nil, []*bool{no}, 0},
		"enabled, then disabled":               {nil, []*bool{yes, no}, 0},
		"a void under way of an enabled one":   {nil, []*bool{yes, nil}, 1433},
		"a void under way of a disabled one":   {nil, []*bool{yes, no, nil}, 0},
		"disabled, as TF#4648 says":            {keeps, []*bool{no}, 1433},
		"a void of a disabled one, as TF#4648": {keeps, []*bool{no, nil}, 1433},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			if test.behave != nil {
				h.s.Behave(test.behave)
			}
			id := h.deployed(HostnameCertificate)
			for _, enabled := range test.put {
				h.put(row(api, id, enabled)).want(t, 200, 0)
			}
			status := 200
			if test.code != 0 {
				status = 400
			}
			h.do("DELETE", certPath+"/"+id, "").want(t, status, test.code)
		})
	}
	h := start(t, func(b *Behaviour) { b.DeployedKeepsCertificate = true })
	one, two := h.deployed(HostnameCertificate), h.deployed(HostnameCertificate)
	h.s.AddAssociation(zoneA, api, one, true)
	h.put(row(api, two, yes)).want(t, 200, 0)
	h.do("DELETE", certPath+"/"+one, "").want(t, 400, 1433)
	h.later(2 * time.Second)
	h.do("DELETE", certPath+"/"+one, "").want(t, 200, 0)
}

func keeps(b *Behaviour) { b.DisabledKeepsCertificate = true }

func TestAssociationFaults(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.StickAssociations, b.StickVoids = true, true })
	id := h.deployed(HostnameCertificate)
	one := hostnamePath + "/" + api
	h.put(row(api, id, yes)).want(t, 200, 0)
	h.later(time.Hour)
	h.do("GET", one, "").wantStatus(t, statusPendingDeployment)
	h.s.Behave(func(b *Behaviour) { b.StickAssociations = false })
	h.do("GET", one, "").wantStatus(t, statusActive)

	h.put(row(api, id, nil)).want(t, 200, 0)
	h.later(time.Hour)
	h.do("GET", one, "").wantStatus(t, statusActive)
	h.s.Behave(func(b *Behaviour) { b.StickVoids = false })
	h.do("GET", one, "").want(t, 404, 1553)

	h.s.Behave(func(b *Behaviour) { b.TimeOutAssociations, b.TimeOutVoids = true, true })
	h.put(row(api, id, yes)).want(t, 200, 0)
	h.later(2 * time.Second)
	h.do("GET", one, "").wantStatus(t, statusDeploymentTimedOut)
	h.s.Behave(func(b *Behaviour) { b.TimeOutAssociations = false })
	h.do("GET", one, "").wantStatus(t, statusDeploymentTimedOut)
	h.put(row(api, id, yes)).want(t, 200, 0)
	h.later(2 * time.Second)
	h.do("GET", one, "").wantStatus(t, statusActive)

	h.put(row(api, id, nil)).want(t, 200, 0)
	h.later(2 * time.Second)
	h.do("GET", one, "").wantStatus(t, statusDeletionTimedOut)
	h.do("DELETE", certPath+"/"+id, "").want(t, 400, 1433)
	h.s.Behave(func(b *Behaviour) { b.TimeOutVoids = false })
	h.put(row(api, id, nil)).want(t, 200, 0)
	h.later(2 * time.Second)
	h.do("GET", one, "").want(t, 404, 1553)
}

func TestAssociationQuota(t *testing.T) {
	h := start(t)
	id, other := h.deployed(HostnameCertificate), h.deployed(HostnameCertificate)
	rows := []wireAssociateRow{}
	for i := range 100 {
		rows = append(rows, row(fmt.Sprintf("h%03d.example.com", i), id, yes))
	}
	h.put(append(rows, row("more.example.com", id, yes))...).want(t, 400, errAssociationQuota.Code)
	h.put(rows...).want(t, 200, 0)
	h.put(rows...).want(t, 200, 0) // writing the same rows does not add any
	h.put(row("more.example.com", id, yes)).want(t, 400, errAssociationQuota.Code)
	h.put(row("h000.example.com", other, yes), row("more.example.com", id, yes)).want(t, 200, 0)
	h.s.Behave(func(b *Behaviour) { b.AssociationQuota = 50 })
	h.put(row("h001.example.com", id, no)).want(t, 200, 0) // nor does it with a smaller quota
	h.put(row("h001.example.com", id, nil), row("h000.example.com", id, yes)).want(t, 400, errAssociationQuota.Code)
}

func TestPagedList(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.AssociationQuota = 0 })
	id := h.deployed(HostnameCertificate)
	for i := range 120 {
		h.s.AddAssociation(zoneA, fmt.Sprintf("h%03d.example.com", i), id, i%2 == 0)
	}
	h.put(row("new.example.com", id, yes)).want(t, 200, 0)
	for name, test := range map[string]struct {
		query string
		rows  int
		first string
		info  resultInfo
	}{
		"default":   {"", 50, "h000.example.com", resultInfo{1, 50, 50, 120, 3}},
		"last page": {"?page=3", 20, "h100.example.com", resultInfo{3, 50, 20, 120, 3}},
		"past it":   {"?page=9", 0, "", resultInfo{9, 50, 0, 120, 3}},
		"all":       {"?status=all&per_page=1000", 121, "h000.example.com", resultInfo{1, 1000, 121, 121, 1}},
		"pending":   {"?status=pending_deployment,pending_deletion", 1, "new.example.com", resultInfo{1, 50, 1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			g := h.do("GET", hostnamePath+test.query, "").want(t, 200, 0)
			if len(g.rows) != test.rows || *g.info != test.info {
				t.Fatalf("%d rows, result_info %+v", len(g.rows), *g.info)
			}
			if test.rows > 0 && g.rows[0]["hostname"] != test.first {
				t.Errorf("first is %v", g.rows[0])
			}
		})
	}
	row := h.do("GET", hostnamePath+"?per_page=1", "").rows[0]
	for _, name := range []string{"cert_id", "created_at", "enabled", "hostname", "status", "updated_at"} {
		if _, there := row[name]; !there || len(row) != 6 {
			t.Errorf("row is %v", row)
		}
	}
	for _, query := range []string{"?page=0", "?page=x", "?per_page=1001", "?status=wrong", "?status=initializing"} {
		h.do("GET", hostnamePath+query, "").want(t, 400, errBadQuery.Code)
	}
	for status, code := range map[int]int{404: 7003, 405: errMethod.Code, 400: errUnsupported.Code} {
		h.s.Behave(func(b *Behaviour) { b.PagedListStatus = status })
		h.do("GET", hostnamePath, "").want(t, status, code)
	}
}

func TestDanglingAssociation(t *testing.T) {
	h := start(t)
	id := h.deployed(HostnameCertificate)
	h.s.AddAssociation(zoneA, api, id, true)
	h.s.RemoveCertificate(HostnameCertificate, zoneA, id)
	h.do("GET", certPath+"/"+id, "").want(t, 404, 1551)
	if read := h.do("GET", hostnamePath+"/"+api, "").want(t, 200, 0); read.str("cert_id") != id || read.str("cert_status") != statusDeleted {
		t.Errorf("GET answered %v", read.fields)
	}
	h.put(row(api, id, nil)).want(t, 400, 1415)
}

func TestSetting(t *testing.T) {
	h := start(t)
	if g := h.do("GET", settingsPath, "").want(t, 200, 0); g.fields["enabled"] != false {
		t.Errorf("default is %v", g.fields)
	}
	if g := h.do("PUT", settingsPath, `{"enabled":true}`).want(t, 200, 0); g.fields["enabled"] != true {
		t.Errorf("PUT answered %v", g.fields)
	}
	if g := h.do("GET", settingsPath, ""); g.fields["enabled"] != true {
		t.Errorf("read back %v", g.fields)
	}
	h.do("PUT", settingsPath, `{}`).want(t, 400, errBadBody.Code)
	h.s.SetSetting(zoneA, false)
	if g := h.do("GET", settingsPath, ""); g.fields["enabled"] != false {
		t.Errorf("after SetSetting %v", g.fields)
	}
}
