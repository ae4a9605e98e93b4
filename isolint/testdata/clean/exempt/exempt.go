// Package exempt gives its reasons.
package exempt

import "os"

//isolint:allow host the keys that tokens are verified with are public
const keys = "https://www.googleapis.com/oauth2/v3/certs"

const (
	a = "storage.googleapis.com" //isolint:allow host it is shown to people
	b = keys
)

// Read reads what is not a key.
//
//isolint:allow file the flag names a table of prices
var Read = os.ReadFile

// All names them.
func All() {
	// Several can stand together.
	//isolint:allow host it is compared
	//isolint:allow file it is a price
	_, _ = os.ReadFile("/prices/googleapis.com")
	_, _ = a, b
}

// Shown is exempt by the configuration.
func Shown() string { return "https://storage.googleapis.com" }
