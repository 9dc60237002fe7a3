package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
)

// reply is what a handler answers; the adapter below makes HTTP of it.
type reply struct {
	status  int
	result  any
	empty   string // what an empty list is encoded as; "" for the usual encoding
	info    *resultInfo
	errors  []apiError
	gateway bool // a gateway failure carries result:null, an AOP failure omits result (section 1a)
	bare    bool // no messages and no result either: the recorded 10000 body (section 1a)
}

// resultInfo is the paging part of a list envelope.
type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

func success(result any) reply { return reply{status: http.StatusOK, result: result} }

// failure is a refusal by the AOP endpoints themselves.
func failure(status int, errors ...apiError) reply {
	return reply{status: status, errors: errors}
}

// gatewayFailure is a refusal by the gateway in front of them.
func gatewayFailure(status int, errors ...apiError) reply {
	return reply{status: status, errors: errors, gateway: true}
}

// envelope keeps the field order of the recorded bodies, so that a golden
// comparison can be by bytes.
type envelope struct {
	Success     bool             `json:"success"`
	Errors      []apiError       `json:"errors"`
	Messages    *[]apiError      `json:"messages,omitempty"`
	Result      *json.RawMessage `json:"result,omitempty"`
	ResultInfo  *resultInfo      `json:"result_info,omitempty"`
	FutureField string           `json:"future_envelope_field,omitempty"`
}

// body encodes the envelope around the reply.
func (r reply) body(b *Behaviour) []byte {
	e := envelope{Success: len(r.errors) == 0, Errors: r.errors, ResultInfo: r.info}
	if !r.bare {
		e.Messages = &[]apiError{}
	}
	if e.Errors == nil {
		e.Errors = []apiError{}
	}
	if b.ExtraFields {
		e.FutureField = "unknown"
	}
	if e.Success {
		e.Result = raw(r.result, r.empty)
	} else if (r.gateway || b.FailuresCarryResult) && !r.bare {
		e.Result = raw(nil, "")
	}
	return encode(e)
}

// raw encodes a result; empty is what a list without rows becomes.
func raw(result any, empty string) *json.RawMessage {
	message := json.RawMessage(encode(result))
	if v := reflect.ValueOf(result); empty != "" && v.Kind() == reflect.Slice && v.Len() == 0 {
		message = json.RawMessage(empty)
	}
	return &message
}

// encode never escapes HTML characters: Cloudflare's bodies do not.
func encode(v any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("simulator: its own structs do not encode: " + err.Error())
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}
