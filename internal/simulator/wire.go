package simulator

import (
	"encoding/json"
	"time"
)

// wireCertificate is a certificate of either kind (section 4: no enabled, no
// private_key, UUID id).
type wireCertificate struct {
	ID           string          `json:"id"`
	Status       string          `json:"status"`
	Issuer       string          `json:"issuer"`
	Signature    string          `json:"signature"`
	SerialNumber string          `json:"serial_number,omitempty"`
	Certificate  string          `json:"certificate"`
	UploadedOn   string          `json:"uploaded_on"`
	UpdatedAt    string          `json:"updated_at,omitempty"`
	ExpiresOn    string          `json:"expires_on"`
	FutureField  json.RawMessage `json:"future_field,omitempty"`
}

// wireAssociation is an association as PUT and GET answer it (section 4, last
// paragraph). Certificate fields are missing when the certificate is gone.
type wireAssociation struct {
	Hostname       string          `json:"hostname"`
	CertID         string          `json:"cert_id"`
	Enabled        *bool           `json:"enabled"`
	Status         string          `json:"status"`
	CreatedAt      string          `json:"created_at"`
	UpdatedAt      string          `json:"updated_at"`
	CertStatus     string          `json:"cert_status,omitempty"`
	Issuer         string          `json:"issuer,omitempty"`
	Signature      string          `json:"signature,omitempty"`
	SerialNumber   string          `json:"serial_number,omitempty"`
	Certificate    string          `json:"certificate,omitempty"`
	CertUploadedOn string          `json:"cert_uploaded_on,omitempty"`
	CertUpdatedAt  string          `json:"cert_updated_at,omitempty"`
	ExpiresOn      string          `json:"expires_on,omitempty"`
	FutureField    json.RawMessage `json:"future_field,omitempty"`
}

// wireAssociationRow is a row of the paged list (section 3, "newer endpoint").
type wireAssociationRow struct {
	CertID      string          `json:"cert_id"`
	CreatedAt   string          `json:"created_at"`
	Enabled     *bool           `json:"enabled"`
	Hostname    string          `json:"hostname"`
	Status      string          `json:"status"`
	UpdatedAt   string          `json:"updated_at"`
	FutureField json.RawMessage `json:"future_field,omitempty"`
}

// wireHostnameRow is a row of the hostname certificate list in its older,
// association-like shape (section 4).
type wireHostnameRow struct {
	Hostname     string `json:"hostname,omitempty"`
	CertID       string `json:"cert_id"`
	Enabled      *bool  `json:"enabled,omitempty"`
	Status       string `json:"status"`
	CertStatus   string `json:"cert_status"`
	Issuer       string `json:"issuer"`
	Signature    string `json:"signature"`
	SerialNumber string `json:"serial_number,omitempty"`
	Certificate  string `json:"certificate"`
	UploadedOn   string `json:"cert_uploaded_on"`
	UpdatedAt    string `json:"cert_updated_at,omitempty"`
	ExpiresOn    string `json:"expires_on"`
}

type wireSetting struct {
	Enabled     bool            `json:"enabled"`
	FutureField json.RawMessage `json:"future_field,omitempty"`
}

// Request bodies. Unknown members are ignored, as the API does (section 4).
type (
	wireUpload struct {
		Certificate string `json:"certificate"`
		PrivateKey  string `json:"private_key"`
	}
	wireAssociate struct {
		Config []wireAssociateRow `json:"config"`
	}
	wireAssociateRow struct {
		Hostname string `json:"hostname"`
		CertID   string `json:"cert_id"`
		Enabled  *bool  `json:"enabled"`
	}
	wireSet struct {
		Enabled *bool `json:"enabled"`
	}
)

// future is the value of the field nobody knows.
func future(b *Behaviour) json.RawMessage {
	if !b.ExtraFields {
		return nil
	}
	return json.RawMessage(`{"since":"tomorrow","list":[1,null,"x"]}`)
}

// stamp is RFC3339 with up to six decimals, trailing zeros dropped (section 4).
func stamp(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// stampSeconds is for expires_on, which has whole seconds (section 4).
func stampSeconds(t time.Time) string { return t.UTC().Format(time.RFC3339) }
