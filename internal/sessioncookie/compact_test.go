package sessioncookie_test

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"

	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestSealedSessionsAreSmall: a cookie is smaller than the tokens in it, and opens to just those; a
// token that no cookie can hold is left out, and signing in works all the same.
func TestSealedSessionsAreSmall(t *testing.T) {
	s := newSealer(t, sealingtest.KeySets(t, aead.XChaCha20Poly1305KeyTemplate())[0])
	id, encode := tenant.NewID(), base64.RawURLEncoding.EncodeToString
	signature := make([]byte, 256)
	_, _ = rand.Read(signature)
	picture := make([]byte, 3000)
	_, _ = rand.Read(picture)
	jwt := func(claims string) string {
		return encode([]byte(`{"alg":"RS256","kid":"0123456789abcdef","typ":"JWT"}`)) + "." + encode([]byte(claims)) + "." + encode(signature)
	}
	usual := jwt(`{"iss":"https://securetoken.google.com/p","email":"ada@acme.test","user_id":"u","sub":"u","name":"` + strings.Repeat("Ada ", 150) + `"}`)
	for name, tt := range map[string]struct {
		token  string
		left   bool // the ID token is left out
		atMost int
	}{
		"a usual token":            {usual, false, 900},
		"no token at all":          {"..x.=%.é", false, 300},
		"a picture of 4,000 bytes": {jwt(`{"picture":"` + encode(picture) + `"}`), true, 300},
	} {
		session := sessioncookie.Session{
			Tokens:  sessioncookie.Tokens{ID: tt.token, Refresh: "AMf-vB.refresh", Expires: time.UnixMilli(1_800_000_000_000)},
			Created: time.UnixMilli(1_799_996_400_000), Seen: time.UnixMilli(1_799_997_000_000),
		}
		value, err := s.Seal(id, session)
		if err != nil || len(value) > tt.atMost {
			t.Errorf("%s: %d bytes, %v", name, len(value), err)
			continue
		}
		if tt.left {
			session.ID, session.Expires = "", time.UnixMilli(0)
		}
		if got, err := s.Open(id, value); err != nil || got != session {
			t.Errorf("%s: opened to another session, %v", name, err)
		}
	}
}
