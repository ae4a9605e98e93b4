package storage

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// fields is a JSON object, its members not yet looked at.
type fields map[string]jsontext.Value

// parseFields reads a JSON object and leaves out the members that only answers have: clients send
// resources back that they were given. A name that stands twice is refused.
func parseFields(body []byte, outputOnly ...string) (fields, error) {
	var f fields
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, invalid("Parse Error: %v", err)
	}
	for _, name := range outputOnly {
		delete(f, name)
	}
	return f, nil
}

// str takes a member that is a string out of f.
func (f fields) str(name string) (v string, err error) {
	raw, ok := f[name]
	if !ok {
		return "", nil
	}
	delete(f, name)
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", invalid("Invalid value for: %s.", name)
	}
	return v, nil
}

// patched returns v patched by f as RFC 7396 says: null removes, objects merge, all else replaces.
// A member that T has no field for is refused, as something that the service would otherwise
// silently forget.
func patched[T any](v T, f fields) (T, error) {
	var out T
	present, err := json.Marshal(v)
	if err != nil {
		return out, err
	}
	patch, err := json.Marshal(f)
	if err != nil {
		return out, err
	}
	merged, err := merge(present, patch)
	if err != nil {
		return out, err
	}
	return out, decodeStrictly(merged, &out)
}

// decodeStrictly decodes into what v points to, and refuses members that it has no field for.
func decodeStrictly(body []byte, v any) error {
	err := json.Unmarshal(body, v, json.RejectUnknownMembers(true), json.WithUnmarshalers(numbers))
	if errors.Is(err, json.ErrUnknownName) {
		var at *json.SemanticError
		errors.As(err, &at)
		return unsupported("Field %s is not supported.", at.JSONPointer)
	}
	if err != nil {
		return invalid("Invalid value: %v", err)
	}
	return nil
}

func merge(target, patch jsontext.Value) (jsontext.Value, error) {
	if patch.Kind() != '{' {
		return patch, nil
	}
	to, from := fields{}, fields{}
	if target.Kind() == '{' {
		if err := json.Unmarshal(target, &to); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(patch, &from); err != nil {
		return nil, err
	}
	for name, value := range from {
		if value.Kind() == 'n' {
			delete(to, name)
			continue
		}
		merged, err := merge(to[name], value)
		if err != nil {
			return nil, err
		}
		to[name] = merged
	}
	return json.Marshal(to)
}

// numbers lets a number be written as one or as a string, whatever its size: Google's API writes
// those of 64 bits as strings, and reads either.
var numbers = json.JoinUnmarshalers(
	json.UnmarshalFromFunc(readNumber[int]),
	json.UnmarshalFromFunc(readNumber[int32]),
	json.UnmarshalFromFunc(readNumber[int64]),
)

func readNumber[N int | int32 | int64](dec *jsontext.Decoder, n *N) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text := string(v)
	switch v.Kind() {
	case 'n':
		*n = 0
		return nil
	case '"':
		if err := json.Unmarshal(v, &text); err != nil {
			return err
		}
	}
	parsed, err := strconv.ParseInt(text, 10, 64)
	if err != nil || int64(N(parsed)) != parsed {
		return fmt.Errorf("%s is not a whole number that fits", v)
	}
	*n = N(parsed)
	return nil
}
