package idtoken_test

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/api/option"
)

// googleSDK returns Google's own verifier, whose certificates come from the issuer. Its fetch takes
// no client of ours but copies the default transport when the SDK's is made, so that one leads to
// the issuer for that moment.
func googleSDK(tb testing.TB, i *tenancytest.Issuer) *auth.Client {
	tb.Helper()
	certificates, err := url.Parse(i.CertificateURL())
	if err != nil {
		tb.Fatal(err)
	}
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	http.DefaultTransport = &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, certificates.Host)
	}}
	app, err := firebase.NewApp(tb.Context(), &firebase.Config{ProjectID: i.Project}, option.WithoutAuthentication())
	if err != nil {
		tb.Fatal(err)
	}
	client, err := app.Auth(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// TestSDKAgrees is the differential test: whatever the Verifier takes, Google's SDK takes too, and
// reads the same in it. Tokens are sound ones with one or two things changed, so that both verdicts
// come often.
func TestSDKAgrees(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	issuer.SetMaxAge(24 * time.Hour)
	ours, sdk := issuer.Tokens(t), googleSDK(t, issuer)
	acme := tenancytest.NewTenant(t, "acme", tenant.EU)
	rng := rand.New(rand.NewPCG(1, 2))
	var taken, stricter int
	for range 1500 {
		header, claims := mutate(rng, issuer, acme)
		raw := issuer.SignHeader(header, claims)
		if rng.IntN(10) == 0 {
			raw = garble(rng, raw)
		}
		got, err := ours.Judged(t.Context(), raw)
		theirs, theirErr := sdk.VerifyIDToken(t.Context(), raw)
		if err != nil {
			if theirErr == nil {
				stricter++
			}
			continue
		}
		taken++
		switch {
		case theirErr != nil:
			t.Errorf("we take what the SDK refuses: %v\nheader %s\nclaims %s", theirErr, tenancytest.JSON(header), tenancytest.JSON(claims))
		case theirs.UID != got.User.String(), theirs.Firebase.Tenant != got.IdentityTenant,
			theirs.Expires != got.Expires.Unix(), theirs.IssuedAt != got.Issued.Unix(), theirs.AuthTime != got.SignedIn.Unix():
			t.Errorf("we read %+v, the SDK %+v", got, theirs)
		case got.Exchanged && (theirs.Claims["tn"] != got.Tenant.String() || theirs.Claims["rl"] != got.Role.String() || theirs.Claims["rg"] != float64(got.Region)):
			t.Errorf("we read %+v, the SDK %v", got, theirs.Claims)
		}
	}
	if taken < 100 || stricter < 100 {
		t.Errorf("%d taken and %d refused that the SDK takes: the tokens say too little", taken, stricter)
	}
}

// mutate returns a header and claims with up to two changes.
func mutate(rng *rand.Rand, i *tenancytest.Issuer, t tenant.Tenant) (header, claims tenancytest.Claims) {
	header = i.Header()
	claims = i.ExchangedClaims(t, "u1", tenant.Editor)
	if rng.IntN(2) == 0 {
		claims = i.Claims(t.IdentityTenant, "u1")
	}
	pick := func(from ...any) any { return from[rng.IntN(len(from))] }
	now := time.Now().Unix()
	odd := func() any {
		return pick(nil, "", "x", 0, 1, 2, 3, -1, 1.5, true, []string{"a"}, tenancytest.Claims{}, i.Project, "admin", "viewer", t.ID.String(),
			now, now-30, now-400, now+30, now+400, now+3600, "u1", strings.Repeat("u", 129))
	}
	for range rng.IntN(3) {
		name := pick("iss", "aud", "sub", "user_id", "auth_time", "iat", "exp", "email", "email_verified", "name", "picture",
			"tn", "rl", "rg", "firebase", "nbf", "TN", "Sub", "tn ", "role").(string)
		switch rng.IntN(8) {
		case 0:
			delete(claims, name)
		case 1:
			header[pick("alg", "kid", "typ", "jwk", "crit", "ALG").(string)] = odd()
		case 2:
			if f, ok := claims["firebase"].(tenancytest.Claims); ok {
				f[pick("tenant", "Tenant", "sign_in_provider", "identities", "x", "sign_in_second_factor").(string)] = odd()
			}
		default:
			claims[name] = odd()
		}
	}
	return header, claims
}

// garble changes one byte, or adds or takes one.
func garble(rng *rand.Rand, raw string) string {
	at := rng.IntN(len(raw))
	b := string("AB.-_=\n\x00"[rng.IntN(8)])
	return raw[:at] + b + raw[at+rng.IntN(2):]
}

func BenchmarkVerifySDK(b *testing.B) {
	issuer := tenancytest.NewIssuer(b)
	raw := issuer.Exchanged(tenancytest.NewTenant(b, "acme", tenant.EU), "u1", tenant.Editor)
	sdk := googleSDK(b, issuer)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sdk.VerifyIDToken(b.Context(), raw); err != nil {
			b.Fatal(err)
		}
	}
}
