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

	LocationType string `json:"locationType,omitempty"`
	Location     string `json:"location,omitempty"`
}

func (e *refusal) json() []byte {
	var v errorBody
	v.Error.Code = e.status
	v.Error.Message = e.message
	reason := errorReason{Message: e.message, Domain: "global", Reason: e.reason}
	if e.location != "" {
		reason.LocationType, reason.Location = "parameter", e.location
	}
	v.Error.Errors = []errorReason{reason}
	body, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return body
}
