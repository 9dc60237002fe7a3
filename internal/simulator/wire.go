package simulator

import (
	"encoding/json"
	"time"
)

// wireCertificate is a certificate of either kind (section 4: without enabled and private_key; the id is a UUID).
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

// wireAssociation is an association in the answers to PUT and GET (section 4, last paragraph). The certificate's
// fields are missing if the certificate does not exist.
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

// wireHostnameRow is a row of the list of hostname certificates in its older form, which resembles an association
// (section 4).
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

// The bodies of requests. Unknown fields are ignored, as by the API (section 4).
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

// future returns the value of the undocumented field.
func future(b *Behaviour) json.RawMessage {
	if !b.ExtraFields {
		return nil
	}
	return json.RawMessage(`{"since":"tomorrow","list":[1,null,"x"]}`)
}

// stamp formats a time in RFC 3339 with up to six decimals and without trailing zeros (section 4).
func stamp(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// stampSeconds formats expires_on, which has whole seconds (section 4).
func stampSeconds(t time.Time) string { return t.UTC().Format(time.RFC3339) }
