package simulator

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestCertificateLife(t *testing.T) {
	for kind, path := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			h := start(t)
			certPEM, keyPEM := newPair(t, "one")
			posted := h.do("POST", path, uploadBody(certPEM, keyPEM)).wantStatus(t, statusPendingDeployment)
			id := posted.str("id")
			if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
				t.Errorf("id %q is not a UUID", id)
			}
			one := path + "/" + id
			h.do("DELETE", one, "").want(t, 400, 1434)
			h.later(2*time.Second - 1)
			h.do("GET", one, "").wantStatus(t, statusPendingDeployment)
			h.later(1)
			h.do("GET", one, "").wantStatus(t, statusActive)
			h.do("DELETE", one, "").wantStatus(t, statusPendingDeletion)
			h.do("GET", one, "").wantStatus(t, statusPendingDeletion)
			if rows := h.do("GET", path, "").rows; len(rows) != 1 {
				t.Errorf("the list leaves out a certificate that is pending deletion: %v", rows)
			}
			h.later(2 * time.Second)
			h.do("GET", one, "").wantStatus(t, statusDeleted)
			if rows := h.do("GET", path, "").rows; len(rows) != 0 {
				t.Errorf("the list has a deleted certificate: %v", rows)
			}
			h.later(1000 * time.Hour)
			h.do("GET", one, "").wantStatus(t, statusDeleted)
		})
	}
}

func TestCertificateFields(t *testing.T) {
	h := start(t)
	certPEM, keyPEM := newPair(t, "one")
	m, err := parseCertificates(certPEM)
	if err != nil {
		t.Fatal(err)
	}
	answer := h.do("POST", zonePath, uploadBody(certPEM, keyPEM)).want(t, 200, 0)
	for name, want := range map[string]string{
		"issuer":        "CN=one,OU=tests",
		"signature":     "ECDSA-SHA256",
		"serial_number": m.leaf.SerialNumber.String(),
		"certificate":   strings.TrimSpace(certPEM) + "\n",
		"uploaded_on":   "2026-11-23T12:00:00.123456Z",
		"updated_at":    "2026-11-23T12:00:00.123456Z",
		"expires_on":    m.leaf.NotAfter.UTC().Format("2006-01-02T15:04:05Z"),
	} {
		if answer.str(name) != want {
			t.Errorf("%s is %q, want %q", name, answer.str(name), want)
		}
	}
	for _, absent := range []string{"private_key", "enabled", "future_field"} {
		if _, there := answer.fields[absent]; there {
			t.Errorf("%s is in the answer", absent)
		}
	}
	one := zonePath + "/" + answer.str("id")
	h.later(2 * time.Second)
	for method, g := range map[string]got{"GET": h.do("GET", one, ""), "list": h.do("GET", zonePath, ""), "DELETE": h.do("DELETE", one, "")} {
		if strings.Contains(g.want(t, 200, 0).raw, "updated_at") {
			t.Errorf("%s answers updated_at: %s", method, g.raw)
		}
	}
}

func TestFirstStatus(t *testing.T) {
	certPEM, keyPEM := newPair(t, "one")
	t.Run("initializing", func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.InitializingFirst = true })
		one := zonePath + "/" + h.do("POST", zonePath, uploadBody(certPEM, keyPEM)).wantStatus(t, statusInitializing).str("id")
		h.do("DELETE", one, "").want(t, 400, 1434)
		h.later(time.Second)
		h.do("GET", one, "").wantStatus(t, statusPendingDeployment)
		h.later(time.Second)
		h.do("GET", one, "").wantStatus(t, statusActive)
	})
	t.Run("active", func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.ActiveAtOnce = true })
		h.do("POST", zonePath, uploadBody(certPEM, keyPEM)).wantStatus(t, statusActive)
	})
}

func TestDeleteRefusals(t *testing.T) {
	unknown := newID()
	t.Run("zone certificate twice", func(t *testing.T) {
		h := start(t)
		one := zonePath + "/" + h.deployed(ZoneCertificate)
		h.do("DELETE", one, "").want(t, 200, 0)
		for range 2 { // once while it is pending, and once when it is deleted
			again := h.do("DELETE", one, "").want(t, 400, errAlreadyDeleted.Code)
			if again.errs[0].Message != "Certificate is already deleted." {
				t.Errorf("message is %q", again.errs[0].Message)
			}
			h.later(2 * time.Second)
		}
	})
	t.Run("hostname certificate twice", func(t *testing.T) {
		h := start(t)
		one := certPath + "/" + h.deployed(HostnameCertificate)
		h.do("DELETE", one, "").want(t, 200, 0)
		h.do("DELETE", one, "").want(t, 400, 1414)
		h.later(2 * time.Second)
		h.do("DELETE", one, "").want(t, 404, 1551)
	})
	t.Run("unknown", func(t *testing.T) {
		h := start(t)
		for _, method := range []string{"GET", "DELETE"} {
			h.do(method, zonePath+"/"+unknown, "").want(t, 404, 1552)
			h.do(method, certPath+"/"+unknown, "").want(t, 404, 1551)
		}
		h.s.Behave(func(b *Behaviour) { b.BadDeleteIDIs1415 = true })
		h.do("DELETE", certPath+"/"+unknown, "").want(t, 400, 1415)
		h.do("GET", certPath+"/"+unknown, "").want(t, 404, 1551)
		h.do("DELETE", zonePath+"/"+unknown, "").want(t, 404, 1552)
	})
	t.Run("collections and zones are separate", func(t *testing.T) {
		h := start(t)
		hostname, zone := h.deployed(HostnameCertificate), h.deployed(ZoneCertificate)
		h.do("GET", zonePath+"/"+hostname, "").want(t, 404, 1552)
		h.do("GET", certPath+"/"+zone, "").want(t, 404, 1551)
		h.do("GET", strings.Replace(zonePath, zoneA, zoneB, 1)+"/"+zone, "").want(t, 404, 1552)
	})
}

func TestTombstones(t *testing.T) {
	for name, test := range map[string]struct {
		change           func(*Behaviour)
		pending, deleted int
		later            int // the status after 10 s, which is TombstoneFor
	}{
		"default":       {func(*Behaviour) {}, 200, 200, 200},
		"404 at delete": {func(b *Behaviour) { b.GoneAtOnce = true }, 404, 404, 404},
		"404 once gone": {func(b *Behaviour) { b.DeletedIs404 = true }, 200, 404, 404},
		"for 10 s":      {func(b *Behaviour) { b.TombstoneFor = Duration(10 * time.Second) }, 200, 200, 404},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, path := range kinds {
				t.Run(string(kind), func(t *testing.T) {
					h := start(t, test.change)
					one := path + "/" + h.deployed(kind)
					h.do("DELETE", one, "").wantStatus(t, statusPendingDeletion)
					check := func(want int) {
						t.Helper()
						if g := h.do("GET", one, ""); g.status != want {
							t.Errorf("the answer is %d, want %d", g.status, want)
						}
					}
					check(test.pending)
					h.later(2 * time.Second)
					check(test.deleted)
					h.later(10 * time.Second)
					check(test.later)
				})
			}
		})
	}
}

func TestSameCertificateAgain(t *testing.T) {
	for kind, path := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			h := start(t, func(b *Behaviour) { b.ReuploadLag = Duration(time.Second) })
			certPEM, keyPEM := newPair(t, "one")
			spaced := strings.ReplaceAll(certPEM, "\n", "\r\n") + "\n\n"
			id := h.upload(kind, certPEM, keyPEM)
			h.do("POST", path, uploadBody(spaced, keyPEM)).want(t, 400, 1406)
			other := map[Kind]Kind{ZoneCertificate: HostnameCertificate, HostnameCertificate: ZoneCertificate}[kind]
			h.upload(other, certPEM, keyPEM) // the other collection accepts the same certificate

			h.later(2 * time.Second)
			h.do("DELETE", path+"/"+id, "").want(t, 200, 0)
			h.do("POST", path, uploadBody(certPEM, keyPEM)).want(t, 400, 1406)
			h.later(2 * time.Second)
			back := h.do("POST", path, uploadBody(certPEM, keyPEM)).wantStatus(t, statusPendingDeployment)
			if back.str("id") != id {
				t.Errorf("the certificate came back with id %s, before it was %s", back.str("id"), id)
			}
			h.do("GET", path+"/"+id, "").wantStatus(t, statusPendingDeletion)
			h.later(time.Second)
			h.do("GET", path+"/"+id, "").wantStatus(t, statusPendingDeployment)
			h.later(time.Second)
			h.do("GET", path+"/"+id, "").wantStatus(t, statusActive)
		})
	}
	t.Run("fresh id", func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.ZoneReuploadFreshID = true })
		certPEM, keyPEM := newPair(t, "one")
		id := h.upload(ZoneCertificate, certPEM, keyPEM)
		h.later(2 * time.Second)
		h.do("DELETE", zonePath+"/"+id, "").want(t, 200, 0)
		h.later(2 * time.Second)
		if again := h.upload(ZoneCertificate, certPEM, keyPEM); again == id {
			t.Error("the new certificate has the old id")
		}
		h.do("GET", zonePath+"/"+id, "").wantStatus(t, statusDeleted)
	})
}

func TestQuota(t *testing.T) {
	h := start(t)
	ids := []string{}
	for range 10 {
		ids = append(ids, h.deployed(HostnameCertificate))
	}
	certPEM, keyPEM := newPair(t, "eleventh")
	body := uploadBody(certPEM, keyPEM)
	h.do("POST", certPath, body).want(t, 400, errCertQuota.Code)
	h.do("POST", zonePath, body).want(t, 200, 0)
	h.do("DELETE", certPath+"/"+ids[0], "").want(t, 200, 0)
	h.do("POST", certPath, body).want(t, 400, errCertQuota.Code)
	h.later(2 * time.Second)
	h.do("POST", certPath, body).want(t, 200, 0)
	h.s.Behave(func(b *Behaviour) { b.HostnameCertificateQuota = 0 })
	h.deployed(HostnameCertificate)
}

func TestDeploymentFaults(t *testing.T) {
	for kind, path := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			h := start(t, func(b *Behaviour) { b.StickDeployments = true })
			one := path + "/" + h.deployed(kind)
			h.later(time.Hour)
			h.do("GET", one, "").wantStatus(t, statusPendingDeployment)
			h.do("DELETE", one, "").want(t, 400, 1434)
			h.s.Behave(func(b *Behaviour) { b.StickDeployments = false })
			h.do("GET", one, "").wantStatus(t, statusActive)

			h.s.Behave(func(b *Behaviour) { b.StickDeletions = true })
			h.do("DELETE", one, "").want(t, 200, 0)
			h.later(time.Hour)
			h.do("GET", one, "").wantStatus(t, statusPendingDeletion)
			h.s.Behave(func(b *Behaviour) { b.StickDeletions = false })
			h.do("GET", one, "").wantStatus(t, statusDeleted)

			h.s.Behave(func(b *Behaviour) { b.TimeOutDeployments = true })
			one = path + "/" + h.deployed(kind)
			h.s.Behave(func(b *Behaviour) { b.TimeOutDeployments, b.TimeOutDeletions = false, true })
			h.do("GET", one, "").wantStatus(t, statusDeploymentTimedOut)
			h.do("DELETE", one, "").wantStatus(t, statusPendingDeletion)
			h.later(2 * time.Second)
			h.s.Behave(func(b *Behaviour) { b.TimeOutDeletions = false })
			h.do("GET", one, "").wantStatus(t, statusDeletionTimedOut)
			h.do("DELETE", one, "").wantStatus(t, statusPendingDeletion)
			h.later(2 * time.Second)
			h.do("GET", one, "").wantStatus(t, statusDeleted)
		})
	}
}

func TestStuckDeploymentIsDatedWhenItEnds(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.StickDeployments = true })
	h.deployed(ZoneCertificate)
	h.later(time.Hour)
	h.s.Behave(func(b *Behaviour) { b.StickDeployments = false })
	h.later(time.Second)
	deployed := h.s.Dump().Zones[zoneA].ZoneCertificates[0].DeployedOn
	if !deployed.Equal(h.clock.Now()) {
		t.Errorf("deployed on %v, now is %v", deployed, h.clock.Now())
	}
}

func TestUploadRefusals(t *testing.T) {
	certPEM, keyPEM := newPair(t, "one")
	caPEM, caKey := newPair(t, "ca", asCA)
	_, otherKey := newPair(t, "other")
	params := "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
	for name, test := range map[string]struct {
		body string
		code int
	}{
		"no JSON":           {"{", errBadBody.Code},
		"nothing":           {"{}", 1408},
		"no certificate":    {uploadBody("x", keyPEM), 1408},
		"a key for a cert":  {uploadBody(keyPEM, keyPEM), 1408},
		"broken DER":        {uploadBody("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", keyPEM), 1408},
		"no key":            {uploadBody(certPEM, ""), 1408},
		"a cert for a key":  {uploadBody(certPEM, certPEM), 1408},
		"broken key":        {uploadBody(certPEM, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), 1408},
		"EC PARAMETERS":     {uploadBody(certPEM, params+keyPEM), 1408},
		"encrypted":         {uploadBody(certPEM, strings.ReplaceAll(keyPEM, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")), 1408},
		"CA":                {uploadBody(caPEM, caKey), 1412},
		"CA before leaf":    {uploadBody(caPEM+certPEM, keyPEM), 1412},
		"key of another":    {uploadBody(certPEM, otherKey), errKeyMismatch.Code},
		"unknown member ok": {strings.Replace(uploadBody(certPEM, keyPEM), "{", `{"bundle_method":"force",`, 1), 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			status := http.StatusBadRequest
			if test.code == 0 {
				status = http.StatusOK
			}
			answer := h.do("POST", certPath, test.body).want(t, status, test.code)
			if test.code == 1412 && answer.raw != golden(t, "error_1412.json") {
				t.Error(answer.raw)
			}
			if _, there := answer.fields["result"]; there || status == 400 && strings.Contains(answer.raw, `"result"`) {
				t.Errorf("an error of the AOP API has a result: %s", answer.raw)
			}
		})
	}
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range 1000 {
		id := newID()
		if seen[id] || len(id) != 36 {
			t.Fatal(fmt.Sprint("id ", i, " is ", id))
		}
		seen[id] = true
	}
}
