package view

import (
	"fmt"
	"net/url"
)

// FactorForms is what is asked for on a page of second factors: to prove one, or to set one up.
type FactorForms struct {
	Action string // where the answer goes
	Next   string
	Error  string // one sentence, or empty

	Code     bool // a code of an app is asked for
	Recovery bool // a recovery code is taken instead
	App      *AppForm
	Passkey  *PasskeyForm
}

// AppForm sets an app up.
type AppForm struct {
	Secret string
	Size   int    // of the QR code's grid
	Path   string // of its drawing
	State  string
}

// PasskeyForm is a challenge for a passkey. With New it sets one up.
type PasskeyForm struct {
	Options string // for passkey.js, in JSON
	State   string
	New     bool
}

// grouped is a secret in groups of four, to be typed.
func grouped(secret string) string {
	out := ""
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

func passkeyKind(isNew bool) string {
	if isNew {
		return "create"
	}
	return "get"
}

// picture is the QR code, dark on light in both themes, as an address of its own.
func (a AppForm) picture() string {
	return "data:image/svg+xml," + url.PathEscape(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" `+
		`shape-rendering="crispEdges"><rect width="%[1]d" height="%[1]d" fill="#fff"/><path d="%[3]s"/></svg>`, a.Size, a.Size, a.Path))
}
