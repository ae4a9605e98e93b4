package httpserver

import (
	"fmt"
	"net/url"
	"strings"
)

// credentialFields are parameters in which clients of other services send a credential. Addresses
// are kept in logs and histories, so one that is sent there is refused, and nobody gets used to it.
var credentialFields = map[string]bool{
	"key": true, "api_key": true, "apikey": true, "access_token": true, "id_token": true, "refresh_token": true, "token": true,
}

// CheckQuery returns ErrMalformed for a query that does not parse, names something twice, or holds
// a credential.
func CheckQuery(raw string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return fmt.Errorf("%w: query", ErrMalformed)
	}
	for name, of := range values {
		if len(of) > 1 {
			return fmt.Errorf("%w: query names something twice", ErrMalformed)
		}
		if credentialFields[strings.ToLower(name)] {
			return fmt.Errorf("%w: credential in the address", ErrMalformed)
		}
	}
	return nil
}
