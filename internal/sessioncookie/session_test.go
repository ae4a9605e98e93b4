package sessioncookie_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"

	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func newSealer(tb testing.TB, keysetJSON []byte) *sessioncookie.Sealer {
	tb.Helper()
	return sessioncookie.New(sealingtest.Open(tb, keysetJSON))
}

var session = sessioncookie.Session{
	Tokens:  sessioncookie.Tokens{ID: "eyJ-secret-id", Refresh: "secret-refresh", Expires: time.UnixMilli(1_800_000_000_000)},
	Created: time.UnixMilli(1_799_996_400_000), Seen: time.UnixMilli(1_799_997_000_000),
}

func TestSessionOpensForItsTenantAlone(t *testing.T) {
	s := newSealer(t, sealingtest.KeySets(t, aead.AES256GCMKeyTemplate())[0])
	acme, globex := tenant.NewID(), tenant.NewID()
	value, err := s.Seal(acme, session)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Seal(acme, session); err != nil || again == value {
		t.Errorf("sealed twice alike, %v", err)
	}
	got, err := s.Open(acme, value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(session, got); diff != "" {
		t.Errorf("opened (-sealed +opened):\n%s", diff)
	}
	if got != session {
		t.Error("an opened session does not compare equal")
	}
	if strings.Contains(value, base64.RawURLEncoding.EncodeToString([]byte("secret-refresh"))) {
		t.Error("the cookie shows the token")
	}
	other := newSealer(t, sealingtest.KeySets(t, aead.AES256GCMKeyTemplate())[0])
	for name, open := range map[string]func() (sessioncookie.Session, error){
		"another tenant": func() (sessioncookie.Session, error) { return s.Open(globex, value) },
		"another's stamp": func() (sessioncookie.Session, error) {
			return s.Open(globex, strings.Replace(value, acme.String(), globex.String(), 1))
		},
		"no stamp": func() (sessioncookie.Session, error) {
			return s.Open(globex, strings.TrimPrefix(value, acme.String()+"."))
		},
		"no tenant":       func() (sessioncookie.Session, error) { return s.Open(tenant.ID{}, value) },
		"a foreign key":   func() (sessioncookie.Session, error) { return other.Open(acme, value) },
		"nothing":         func() (sessioncookie.Session, error) { return s.Open(acme, "") },
		"no base64":       func() (sessioncookie.Session, error) { return s.Open(acme, "=%") },
		"a line break in": func() (sessioncookie.Session, error) { return s.Open(acme, value[:8]+"\n"+value[8:]) },
		"too long":        func() (sessioncookie.Session, error) { return s.Open(acme, strings.Repeat("A", 5000)) },
	} {
		if got, err := open(); !errors.Is(err, sessioncookie.ErrExpired) || got != (sessioncookie.Session{}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestTamperedSessionDoesNotOpen(t *testing.T) {
	s := newSealer(t, sealingtest.KeySets(t, aead.XChaCha20Poly1305KeyTemplate())[0])
	id := tenant.NewID()
	value, err := s.Seal(id, session)
	if err != nil {
		t.Fatal(err)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range value {
		changed := []byte(value)
		changed[i] = alphabet[(strings.IndexByte(alphabet, changed[i])+1)%64]
		if _, err := s.Open(id, string(changed)); !errors.Is(err, sessioncookie.ErrExpired) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := s.Open(id, value[:i]); !errors.Is(err, sessioncookie.ErrExpired) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

func TestSealingKeysRotate(t *testing.T) {
	steps := sealingtest.KeySets(t, aead.AES256GCMKeyTemplate(), aead.XChaCha20Poly1305KeyTemplate())
	before, after := newSealer(t, steps[0]), newSealer(t, steps[1])
	id := tenant.NewID()
	old, err := before.Seal(id, session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := after.Open(id, old); err != nil {
		t.Errorf("a session of the old key: %v", err)
	}
	fresh, err := after.Seal(id, session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.Open(id, fresh); !errors.Is(err, sessioncookie.ErrExpired) {
		t.Errorf("a session of the new key opens with the old: %v", err)
	}
}

func TestSealRefuses(t *testing.T) {
	s := newSealer(t, sealingtest.KeySets(t, aead.AES256GCMKeyTemplate())[0])
	if _, err := s.Seal(tenant.ID{}, session); err == nil {
		t.Error("sealed for no tenant")
	}
	long := session
	for len(long.Refresh) < 4000 { // nothing that could be made shorter
		long.Refresh += rand.Text()
	}
	if _, err := s.Seal(tenant.NewID(), long); err == nil {
		t.Error("sealed what no browser keeps")
	}
}

func TestTokensDoNotShow(t *testing.T) {
	var buf bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&buf, nil))
	wrapped := struct {
		S sessioncookie.Session
		T *sessioncookie.Tokens
	}{session, &session.Tokens}
	log.Info("x", "tokens", session.Tokens, "session", session, "wrapped", wrapped)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&buf, verb+verb+verb, session.Tokens, session, wrapped)
		fmt.Fprintf(&buf, verb, &session.Tokens)
	}
	b, err := json.Marshal(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	buf.Write(b)
	if text := buf.String(); strings.Contains(text, "secret") || strings.Contains(text, fmt.Sprintf("%x", "secret")) {
		t.Errorf("a secret shows:\n%s", text)
	}
	if !strings.Contains(buf.String(), "tokens until 2027-01-15") {
		t.Errorf("nothing is said of the tokens:\n%s", buf.String())
	}
}

func FuzzSessionOpen(f *testing.F) {
	s := newSealer(f, sealingtest.KeySets(f, aead.AES256GCMKeyTemplate())[0])
	id := tenant.NewID()
	value, err := s.Seal(id, session)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(value)
	f.Add("")
	f.Fuzz(func(t *testing.T, v string) {
		if got, err := s.Open(id, v); err == nil && v != value {
			t.Errorf("%q opens as %v", v, got)
		}
	})
}
