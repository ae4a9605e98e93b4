package issuer_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// FuzzParse holds what is parsed against golang-jwt and the standard library's reader: what is
// taken, they take too, and they read the same issuer, algorithm and key id from it.
func FuzzParse(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"alg":"RS256","kid":"k1","typ":"JWT"}`, `{"iss":"a","aud":"b"}`},
		{`{"alg":"RS256","kid":"k1","x":1}`, `{"iss":"a","aud":["b","c"],"x":{"y":null}}`},
		{`{"alg":"RS256","Alg":"none"}`, `{"iss":"a","ISS":"b"}`},
		{`{"alg":"RS256","alg":"none"}`, `{"iss":"a","\u0069ss":"b"}`},
		{`{"jku":"x"}`, `{"i\u017fs":"b"}`},
		{"\ufeff{}", "{}x"},
	} {
		f.Add(segment(seed[0])+"."+segment(seed[1])+".AAAA", seed[0], seed[1])
	}
	library := jwt.NewParser(jwt.WithStrictDecoding())
	check := func(t *testing.T, raw string) {
		iss, alg, kid, err := issuer.Parse(raw)
		if err != nil {
			var e *issuer.VerifyError
			if !errors.As(err, &e) || !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		claims := jwt.MapClaims{}
		parsed, parts, err := library.ParseUnverified(raw, claims)
		if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) || len(parts) != 3 && err == nil {
			t.Fatalf("taken, but the library says %v", err)
		}
		if parsed == nil {
			return
		}
		same := func(of map[string]any, name, got string) {
			want, _ := of[name].(string)
			if got != want {
				t.Fatalf("%s: %q, and the library reads %q", name, got, want)
			}
			for other := range maps.Keys(of) {
				if other != name && strings.EqualFold(other, name) {
					t.Fatalf("%q is taken beside %q", other, name)
				}
			}
		}
		same(parsed.Header, "alg", alg)
		same(parsed.Header, "kid", kid)
		same(claims, "iss", iss)
		var folded struct{ Iss string }
		payload, _ := library.DecodeSegment(strings.Split(raw, ".")[1])
		if json.Unmarshal(payload, &folded) == nil && folded.Iss != iss {
			t.Fatalf("iss: %q, and a reader that folds case reads %q", iss, folded.Iss)
		}
		if slices.ContainsFunc([]string{"jwk", "jku", "x5u", "x5c", "crit"}, func(n string) bool { return parsed.Header[n] != nil }) {
			t.Fatal("a header that brings a key or rules is taken")
		}
	}
	f.Fuzz(func(t *testing.T, raw, header, payload string) {
		check(t, raw)
		check(t, segment(header)+"."+segment(payload)+".AAAA")
	})
}
