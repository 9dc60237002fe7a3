package simulator

import (
	"strings"
	"testing"
	"time"
)

func TestLists(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		h := start(t)
		for _, path := range []string{zonePath, certPath, hostnamePath} {
			h.s.Behave(func(b *Behaviour) { b.EmptyListIsArray = false })
			if g := h.do("GET", path, ""); !strings.Contains(g.raw, `"result":null`) {
				t.Errorf("want null: %s", g.raw)
			}
			h.s.Behave(func(b *Behaviour) { b.EmptyListIsArray = true })
			if g := h.do("GET", path, ""); !strings.Contains(g.raw, `"result":[]`) {
				t.Errorf("want []: %s", g.raw)
			}
		}
	})
	t.Run("lag", func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.ListLag = Duration(10 * time.Second) })
		id := h.deployed(ZoneCertificate)
		if rows := h.do("GET", zonePath, "").rows; len(rows) != 0 {
			t.Error("listed at once")
		}
		h.do("GET", zonePath+"/"+id, "").wantStatus(t, statusActive)
		h.later(8 * time.Second)
		if rows := h.do("GET", zonePath, "").rows; len(rows) != 1 {
			t.Error("never listed")
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
		if h.do("GET", zonePath, "").info != nil {
			t.Error("result_info by default")
		}
		h.s.Behave(func(b *Behaviour) { b.ListsCarryResultInfo = true })
		if info := h.do("GET", zonePath, "").info; info == nil || info.TotalPages != 1 {
			t.Errorf("result_info is %+v", info)
		}
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
		"":           strings.TrimRight(sent, "\n"),
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
