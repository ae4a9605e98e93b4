package identity

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

const maxBody = 1 << 20

// decode reads a JSON body. A field that T lacks is not implemented, for to ignore it would be a
// lie.
func decode[T any](r *http.Request) (T, error) {
	var v T
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return v, errTooLarge
	}
	if len(body) == 0 {
		return v, nil
	}
	err = json.Unmarshal(body, &v, json.RejectUnknownMembers(true))
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &semantic) && errors.Is(semantic.Err, json.ErrUnknownName):
		return v, unimplemented("the field %q of %s", strings.TrimPrefix(string(semantic.JSONPointer), "/"), r.URL.Path)
	default: // the parser's message could quote the body, and with it a password
		return v, &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", "Invalid JSON payload received."}
	}
}

// number is an int64 in protobuf's JSON: a string or a number on the way in, a string on the way
// out.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	var v int64
	err := json.Unmarshal(b, &v, json.StringifyNumbers(len(b) > 0 && b[0] == '"'))
	*n = number(v)
	return err
}

// octets is protobuf's bytes in JSON: Base64 of either alphabet, padded or not, on the way in.
type octets []byte

func (o *octets) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	v, err := base64.RawURLEncoding.DecodeString(text)
	*o = v
	return err
}
