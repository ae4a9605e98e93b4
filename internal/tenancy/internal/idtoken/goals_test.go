package idtoken_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// BenchmarkGoals is this package's part of `make bench`: what a token costs, seen for the first
// time and again, beside what it cannot do without and what Google's SDK does.
func BenchmarkGoals(b *testing.B) {
	n, few, many := 15, 200, 20_000
	if testing.Short() {
		n, few, many = 9, 50, 5000
	}
	issuer := tenancytest.NewIssuer(b)
	issuer.SetMaxAge(24 * time.Hour)
	claims := issuer.ExchangedClaims(tenancytest.NewTenant(b, "acme", tenant.EU), "u1", tenant.Editor)
	raw := issuer.Sign(claims.Set("picture", "https://lh3.example.com/a/"+strings.Repeat("x", 220))) // about 1,200 bytes, as real ones
	v, sdk := issuer.Tokens(b), googleSDK(b, issuer)
	public := &issuer.Key().Private.PublicKey
	plain := []byte(raw)
	signed := sha256.Sum256([]byte(raw[:strings.LastIndexByte(raw, '.')]))
	signature, err := base64.RawURLEncoding.DecodeString(lastSegment(raw))
	if err != nil {
		b.Fatal(err)
	}
	library := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}))
	ctx := b.Context()

	hash := rounds.Calls(many, func() error { sum = sha256.Sum256(plain); return nil })
	hit := rounds.Calls(many, func() error { _, err := v.Judged(ctx, raw); return err })
	rsaVerify := rounds.Calls(few, func() error { return rsa.VerifyPKCS1v15(public, crypto.SHA256, signed[:], signature) })
	verify := rounds.Calls(few, func() error { return v.JudgedUncached(ctx, raw) })
	google := rounds.Calls(few, func() error { _, err := sdk.VerifyIDToken(ctx, raw); return err })
	parse := rounds.Calls(few, func() error {
		_, err := library.ParseWithClaims(raw, new(jwt.RegisteredClaims), func(*jwt.Token) (any, error) { return public, nil })
		return err
	})

	cached := paired(b, n, hash, hit)[0]
	row := rounds.Compared("1", "token, cache hit", "SHA-256 of it", cached)
	ratio, _ := cached.Ratio(rounds.PerOp)
	row.AtMost("ratio", ratio.Median, 1.3)
	row.AtMost("allocs", cached.Allocs(), 0)
	emit(b, row)

	beside := paired(b, n, rsaVerify, verify, parse)
	row = rounds.Compared("1", "token, verified", "RSA-2048 verify", beside[0])
	ratio, _ = beside[0].Ratio(rounds.PerOp)
	row.AtMost("ratio", ratio.Median, 1.5)
	row.AtMost("allocs", beside[0].Allocs(), 70)
	emit(b, row)
	emit(b, rounds.Compared("1", "golang-jwt alone, signature only", "RSA-2048 verify", beside[1]))

	beside = paired(b, n, google, verify)
	row = rounds.Compared("1", "token, verified", "Google's SDK", beside[0])
	ratio, _ = beside[0].Ratio(rounds.PerOp)
	row.AtMost("ratio", ratio.Median, 0.8)
	emit(b, row)
}

func paired(b *testing.B, n int, peer rounds.Side, others ...rounds.Side) []rounds.Series {
	b.Helper()
	all, err := rounds.Paired(n, peer, others...)
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func emit(b *testing.B, r rounds.Row) {
	b.Helper()
	if err := rounds.Emit(r); err != nil {
		b.Fatal(err)
	}
}
