package idtoken_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var sum [sha256.Size]byte

func BenchmarkSHA256(b *testing.B) {
	issuer := tenancytest.NewIssuer(b)
	raw := []byte(issuer.Exchanged(tenancytest.NewTenant(b, "acme", tenant.EU), "u1", tenant.Editor))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		sum = sha256.Sum256(raw)
	}
}

func BenchmarkVerifyCached(b *testing.B) {
	issuer := tenancytest.NewIssuer(b)
	raw := issuer.Exchanged(tenancytest.NewTenant(b, "acme", tenant.EU), "u1", tenant.Editor)
	v := issuer.Tokens(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Judged(b.Context(), raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRSAVerify(b *testing.B) {
	key := tenancytest.NewKey(0)
	digest := sha256.Sum256([]byte("a token"))
	signature, err := rsa.SignPKCS1v15(nil, key.Private, crypto.SHA256, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := rsa.VerifyPKCS1v15(&key.Private.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyUncached(b *testing.B) {
	issuer := tenancytest.NewIssuer(b)
	raw := issuer.Exchanged(tenancytest.NewTenant(b, "acme", tenant.EU), "u1", tenant.Editor)
	v := issuer.Tokens(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := v.JudgedUncached(b.Context(), raw); err != nil {
			b.Fatal(err)
		}
	}
}
