package sealing

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
)

// MaxText is the longest cookie value that every browser keeps, in bytes, with room for its name
// and attributes.
const MaxText = 3800

var errUnopened = errors.New("sealing: a sealed value does not open")

// SealText is SealFor, as text that can stand in a cookie or an address. The caller limits its
// length.
func (k *Keys) SealText(purpose, plain []byte) (string, error) {
	box, err := k.SealFor(purpose, plain)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(box), nil
}

// OpenText opens what SealText sealed for the same purpose. It fails for anything else, and for
// more than MaxText bytes.
func (k *Keys) OpenText(purpose []byte, value string) ([]byte, error) {
	if len(value) > MaxText || strings.ContainsAny(value, "\r\n") { // which base64 would skip
		return nil, errUnopened
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return nil, errUnopened
	}
	plain, err := k.OpenFor(purpose, box)
	if err != nil {
		return nil, errUnopened
	}
	return plain, nil
}

// SealJSON seals v in JSON as text. It fails if the text is longer than MaxText.
func (k *Keys) SealJSON(purpose []byte, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("sealing: %w", err)
	}
	value, err := k.SealText(purpose, plain)
	if err != nil {
		return "", fmt.Errorf("sealing: %w", err)
	}
	if len(value) > MaxText {
		return "", fmt.Errorf("sealing: a sealed value of %d bytes is too long", len(value))
	}
	return value, nil
}

// OpenJSON opens what SealJSON sealed for the same purpose into v. It fails for anything else.
func (k *Keys) OpenJSON(purpose []byte, value string, v any) error {
	plain, err := k.OpenText(purpose, value)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}
