package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
)

// reply is the result of a handler, before it is encoded as an HTTP answer.
type reply struct {
	status  int
	result  any
	empty   string // the encoding of an empty list; "" for the usual one
	info    *resultInfo
	errors  []apiError
	gateway bool // a failure of the gateway has result:null, and one of the AOP endpoints has no result (section 1a)
	bare    bool // neither messages nor result, as in the recorded body of 10000 (section 1a)
}

// resultInfo describes the page of a list in its envelope.
type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

func success(result any) reply { return reply{status: http.StatusOK, result: result} }

// failure returns a refusal by the AOP endpoints.
func failure(status int, errors ...apiError) reply {
	return reply{status: status, errors: errors}
}

// gatewayFailure returns a refusal by the gateway in front of the AOP endpoints.
func gatewayFailure(status int, errors ...apiError) reply {
	return reply{status: status, errors: errors, gateway: true}
}

// envelope is the JSON object around an answer. The order of its fields is that of the recorded bodies, so that tests
// can compare bytes.
type envelope struct {
	Success     bool             `json:"success"`
	Errors      []apiError       `json:"errors"`
	Messages    *[]apiError      `json:"messages,omitempty"`
	Result      *json.RawMessage `json:"result,omitempty"`
	ResultInfo  *resultInfo      `json:"result_info,omitempty"`
	FutureField string           `json:"future_envelope_field,omitempty"`
}

// body encodes the reply with its envelope.
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

// raw encodes a result. If the result is a list without rows, it becomes empty, unless that is "".
func raw(result any, empty string) *json.RawMessage {
	message := json.RawMessage(encode(result))
	if v := reflect.ValueOf(result); empty != "" && v.Kind() == reflect.Slice && v.Len() == 0 {
		message = json.RawMessage(empty)
	}
	return &message
}

// encode encodes a value without escaping HTML characters, because Cloudflare does not escape them.
func encode(v any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("simulator: unable to encode an answer: " + err.Error())
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}
