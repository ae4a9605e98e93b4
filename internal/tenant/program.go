package tenant

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// programUser begins the user id of a program that comes with an access token of the tenant's own
// issuer. It is nobody's, for the reasons that an API key's is nobody's: see KeyID.User.
const programUser = "program-"

// ProgramUser is who such a program is, within a tenant: the same for the same issuer and subject,
// and never the same for two issuers.
func ProgramUser(issuer, subject string) UserID {
	if issuer == "" || subject == "" {
		return UserID{}
	}
	h := sha256.New()
	for _, part := range []string{issuer, subject} {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	name := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20])
	return UserID{programUser + strings.ToLower(name)}
}

// IsProgram reports whether u can only be such a program's.
func (u UserID) IsProgram() bool { return strings.HasPrefix(u.s, programUser) }
