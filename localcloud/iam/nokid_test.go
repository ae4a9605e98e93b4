package iam_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
)

// unnamed signs an assertion whose header names no key, as some of Google's clients send it.
func (w *world) unnamed(email, audience string, private *rsa.PrivateKey) string {
	w.t.Helper()
	s, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": email, "sub": email, "aud": audience, "scope": cloudPlatform,
		"iat": w.now().Unix(), "exp": w.now().Add(time.Hour).Unix(),
	}).SignedString(private)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// The token endpoint tries each live key of the account; a JWT that is itself the credential has to
// name its key.
func TestAssertionThatNamesNoKey(t *testing.T) {
	w := newWorld(t)
	a, other := w.account("web-server"), w.account("web-worker")
	w.key(a)
	name, file := w.key(a) // the second
	w.key(other)
	f, private := parseKeyFile(t, file)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(what, assertion, want string) {
		t.Helper()
		for range 2 { // the second time from the cache, if it got that far
			code, answer := w.grant(jwtBearer, assertion)
			if got, _ := answer["error"].(string); got != want || (code == http.StatusOK) != (want == "") {
				t.Errorf("%s: %d %v, want %q", what, code, answer, want)
			}
		}
	}
	good := w.unnamed(a.Email, f.TokenURI, private)
	ask("one's own key", good, "")
	ask("another's key", w.unnamed(other.Email, f.TokenURI, private), "invalid_grant")
	ask("a stranger's key", w.unnamed(a.Email, f.TokenURI, stranger), "invalid_grant")
	ask("nobody", w.unnamed("x@example.com", f.TokenURI, private), "invalid_grant")

	for range 2 {
		_, err = w.authenticate("Bearer " + w.unnamed(a.Email, firestoreAud, private))
		wantCode(t, "as a credential", err, codes.Unauthenticated)
		_, err = w.authenticate("Bearer " + good)
		wantCode(t, "as a credential, after the token endpoint took it", err, codes.Unauthenticated)
	}

	if err := w.owner.DisableServiceAccountKey(t.Context(), &adminpb.DisableServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	ask("a disabled key", good, "invalid_grant")
	ask("a disabled key, signed anew", w.unnamed(a.Email, f.TokenURI, private), "invalid_grant")
	if err := w.owner.DeleteServiceAccountKey(t.Context(), &adminpb.DeleteServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	ask("a deleted key", good, "invalid_grant")
}
