package signed_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/signed"
)

const (
	head    = "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=a%40b%2F"
	scope   = "20260102%2Fauto%2Fstorage%2Fgoog4_request"
	dated   = "&X-Goog-Date=20260102T030405Z"
	lasting = "&X-Goog-Expires=60"
	headers = "&X-Goog-SignedHeaders=host"
)

// signAnything signs a query as it stands, whatever it says: what a holder of the key could do,
// whom the rules bind too.
func signAnything(t *testing.T, key *rsa.PrivateKey, rawQuery, day, date, headerLines, headerNames string) string {
	t.Helper()
	canonical := strings.Join([]string{"GET", "/b/o", rawQuery, headerLines, headerNames, "UNSIGNED-PAYLOAD"}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	toSign := strings.Join([]string{"GOOG4-RSA-SHA256", date, day + "/auto/storage/goog4_request", hex.EncodeToString(sum[:])}, "\n")
	digest := sha256.Sum256([]byte(toSign))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return "/b/o?" + rawQuery + "&X-Goog-Signature=" + hex.EncodeToString(signature)
}

func TestAWellSignedClaimIsStillChecked(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := func(string) ([]*rsa.PublicKey, bool) { return []*rsa.PublicKey{&key.PublicKey}, true }
	gone := func(string) ([]*rsa.PublicKey, bool) { return []*rsa.PublicKey{&key.PublicKey}, false }
	now := time.Date(2026, 1, 2, 3, 4, 30, 0, time.UTC)
	const date = "20260102T030405Z"
	const hostLine = "host:h\n"
	tests := []struct {
		name    string
		query   string
		day     string
		date    string
		lines   string
		names   string
		keys    signed.Keys
		refused bool
	}{
		{name: "good", query: head + scope + dated + lasting + headers},
		{name: "another day", query: head + "20260101%2Fauto%2Fstorage%2Fgoog4_request" + dated + lasting + headers, day: "20260101", refused: true},
		{name: "date of another form", query: head + scope + "&X-Goog-Date=20260102T030405Z%20" + lasting + headers, date: date + " ", refused: true},
		{name: "life of 0", query: head + scope + dated + "&X-Goog-Expires=0" + headers, refused: true},
		{name: "life below 0", query: head + scope + dated + "&X-Goog-Expires=-60" + headers, refused: true},
		{name: "life over a week", query: head + scope + dated + "&X-Goog-Expires=604801" + headers, refused: true},
		{name: "life of another form", query: head + scope + dated + "&X-Goog-Expires=060" + headers, refused: true},
		{name: "a parameter twice", query: head + scope + dated + lasting + headers + "&x=1&x=2", refused: true},
		{name: "not sorted", query: head + scope + dated + lasting + headers + "&y=1&x=2", refused: true},
		{name: "not canonical", query: head + scope + dated + lasting + headers + "&x=%7e", refused: true},
		{name: "host not signed", query: head + scope + dated + lasting + "&X-Goog-SignedHeaders=accept", lines: "accept:a\n", names: "accept", refused: true},
		{name: "headers not sorted", query: head + scope + dated + lasting + "&X-Goog-SignedHeaders=host%3Baccept", lines: "host:h\naccept:a\n", names: "host;accept", refused: true},
		{name: "a header twice", query: head + scope + dated + lasting + "&X-Goog-SignedHeaders=host%3Bhost", lines: "host:h\nhost:h\n", names: "host;host", refused: true},
		{name: "headers in upper case", query: head + scope + dated + lasting + "&X-Goog-SignedHeaders=Accept%3Bhost", lines: "Accept:a\nhost:h\n", names: "Accept;host", refused: true},
		{name: "an account that may not act", query: head + scope + dated + lasting + headers, keys: gone, refused: true},
	}
	or := func(v, otherwise string) string {
		if v == "" {
			return otherwise
		}
		return v
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			uri := signAnything(t, key, test.query, or(test.day, "20260102"), or(test.date, date), or(test.lines, hostLine), or(test.names, "host"))
			if test.keys == nil {
				test.keys = keys
			}
			_, err := signed.Verify(signed.Request{Method: "GET", URI: uri, Host: "h", Header: http.Header{"Accept": {"a"}}}, now, test.keys)
			if (err != nil) != test.refused {
				t.Errorf("got %v", err)
			}
			var fault *signed.Error
			if errors.As(err, &fault) && fault.Kind == signed.Mismatch && test.name != "an account that may not act" {
				t.Errorf("the row does not test what it says: the signature did not match\n%s", fault.Canonical)
			}
		})
	}
}
