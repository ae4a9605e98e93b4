package storage

import "github.com/go-json-experiment/json"

// errorBody is an error of the JSON API.
type errorBody struct {
	Error struct {
		Code    int           `json:"code"`
		Message string        `json:"message"`
		Errors  []errorReason `json:"errors"`
	} `json:"error"`
}

type errorReason struct {
	Message string `json:"message"`
	Domain  string `json:"domain"`
	Reason  string `json:"reason"`
}

func (e *refusal) json() []byte {
	var v errorBody
	v.Error.Code = e.status
	v.Error.Message = e.message
	v.Error.Errors = []errorReason{{Message: e.message, Domain: "global", Reason: e.reason}}
	body, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return body
}
