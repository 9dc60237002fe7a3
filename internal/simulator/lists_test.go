package simulator

import (
	"strings"
	"testing"
	"time"
)

func TestLists(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		h := start(t)
		for how, want := range map[EmptyLists][3]string{
			"": {"null", "null", "[]"}, EmptyRecorded: {"null", "null", "[]"},
			EmptyArray: {"[]", "[]", "[]"}, EmptyNull: {"null", "null", "null"},
		} {
			h.s.Behave(func(b *Behaviour) { b.EmptyLists = how })
			for i, path := range []string{zonePath, certPath, hostnamePath} {
				if g := h.do("GET", path, ""); !strings.Contains(g.raw, `"result":`+want[i]) {
					t.Errorf("empty_lists %q: want %s at %s: %s", how, want[i], path, g.raw)
				}
			}
		}
	})
	t.Run("lag", func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.ListLag = Duration(10 * time.Second) })
		id := h.deployed(ZoneCertificate)
		if rows := h.do("GET", zonePath, "").rows; len(rows) != 0 {
			t.Error("the list shows the certificate immediately")
		}
		h.do("GET", zonePath+"/"+id, "").wantStatus(t, statusActive)
		h.later(8 * time.Second)
		if rows := h.do("GET", zonePath, "").rows; len(rows) != 1 {
			t.Error("the list never shows the certificate")
		}
	})
	t.Run("gone at once", func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.GoneAtOnce = true })
		h.do("DELETE", zonePath+"/"+h.deployed(ZoneCertificate), "").want(t, 200, 0)
		if rows := h.do("GET", zonePath, "").rows; len(rows) != 0 {
			t.Errorf("rows are %v", rows)
		}
	})
	t.Run("result_info", func(t *testing.T) {
		h := start(t)
		for range 3 {
			h.deployed(ZoneCertificate)
			h.deployed(HostnameCertificate)
		}
		for how, want := range map[ListInfo][2]bool{
			"": {true, false}, ListInfoRecorded: {true, false}, ListInfoAll: {true, true}, ListInfoNone: {false, false},
		} {
			h.s.Behave(func(b *Behaviour) { b.ListInfo = how })
			for i, path := range []string{zonePath, certPath} {
				g := h.do("GET", path+"?page=2&per_page=2", "").want(t, 200, 0)
				if want[i] && (len(g.rows) != 1 || g.info == nil || *g.info != resultInfo{2, 2, 1, 3, 2}) {
					t.Errorf("list_info %q: the second page of %s is %s", how, path, g.raw)
				}
				if !want[i] && (len(g.rows) != 3 || g.info != nil) {
					t.Errorf("list_info %q: %s has pages: %s", how, path, g.raw)
				}
			}
		}
		h.s.Behave(func(b *Behaviour) { b.ListInfo = ListInfoRecorded })
		h.do("GET", zonePath+"?per_page=0", "").want(t, 400, errBadQuery.Code)
	})
	t.Run("association-shaped rows", func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.HostnameRowsAreAssociations = true })
		used, idle := h.deployed(HostnameCertificate), h.deployed(HostnameCertificate)
		h.s.AddAssociation(zoneA, "a.example.com", used, true)
		h.s.AddAssociation(zoneA, "b.example.com", used, false)
		rows := h.do("GET", certPath, "").rows
		if len(rows) != 3 || rows[0]["cert_id"] != used || rows[1]["enabled"] != false || rows[2]["cert_id"] != idle {
			t.Fatalf("rows are %v", rows)
		}
		if rows[0]["hostname"] != "a.example.com" || rows[0]["id"] != nil || rows[2]["hostname"] != nil {
			t.Errorf("rows are %v", rows)
		}
	})
}

func TestShapes(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.DropSerialNumber, b.DropUpdatedAt, b.ExtraFields = true, true, true })
	id := h.deployed(HostnameCertificate)
	one := h.do("GET", certPath+"/"+id, "").want(t, 200, 0)
	if one.fields["serial_number"] != nil || one.fields["updated_at"] != nil || one.fields["future_field"] == nil {
		t.Errorf("fields are %v", one.fields)
	}
	if !strings.Contains(one.raw, "future_envelope_field") {
		t.Error("the envelope has no extra field")
	}
}

func TestPEMEcho(t *testing.T) {
	leaf, keyPEM := newPair(t, "leaf")
	ca, _ := newPair(t, "ca", asCA)
	sent := "\n" + leaf + ca + "\n"
	for how, want := range map[PEMEcho]string{
		"":           strings.TrimRight(sent, "\n") + "\n",
		EchoNewline:  strings.TrimRight(sent, "\n") + "\n",
		EchoTrimmed:  strings.TrimRight(sent, "\n"),
		EchoVerbatim: sent,
		EchoCRLF:     strings.ReplaceAll(strings.TrimRight(sent, "\n"), "\n", "\r\n") + "\r\n",
		EchoText:     "# CN=leaf,OU=tests\n" + strings.TrimRight(sent, "\n") + "\n",
		EchoLeafOnly: strings.TrimRight(leaf, "\n"),
	} {
		t.Run(string(how), func(t *testing.T) {
			h := start(t, func(b *Behaviour) { b.PEMEcho = how })
			id := h.upload(HostnameCertificate, sent, keyPEM)
			if echoed := h.do("GET", certPath+"/"+id, "").str("certificate"); echoed != want {
				t.Errorf("echoed %q\nwant   %q", echoed, want)
			}
		})
	}
}
