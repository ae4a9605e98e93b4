package console

import (
	"regexp"
	"strings"
)

// secrets finds what nobody is shown, wherever it was stored: private keys, signed tokens, access
// tokens, hashes of passwords. Each is known by its form.
var secrets = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY` +
	`|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}` +
	`|ya29\.[\w.-]{8,}` +
	`|\$argon2(i|d|id)\$|\$2[abxy]\$\d\d\$|\$scrypt\$|\$pbkdf2`)

// hidden stands for a text that holds a secret.
const hidden = "hidden: it holds a key, a token or a password hash"

func holdsSecret(text string) bool { return secrets.MatchString(text) }

// hide returns text, or says that it is hidden.
func hide(text string) string {
	if holdsSecret(text) {
		return hidden
	}
	return text
}

// cut returns the first n characters of text, and whether there are more.
func cut(text string, n int) (string, bool) {
	for i := range text {
		if n == 0 {
			return text[:i] + "…", true
		}
		n--
	}
	return text, false
}

// oneLine puts a text on one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
