package idtoken_test

import (
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestVerifierTakesWhatGoogleSigns(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v := issuer.Tokens(t)
	acme := tenancytest.NewTenant(t, "acme", tenant.EU)
	now := time.Now()
	issuer.Now = func() time.Time { return now }
	user, _ := tenant.ParseUserID("u1")
	initial := idtoken.Verified{
		IdentityTenant: acme.IdentityTenant, User: user, Email: "u1@example.com",
		SignedIn: now.Truncate(time.Second), Issued: now.Truncate(time.Second), Expires: now.Truncate(time.Second).Add(time.Hour),
	}
	exchanged := initial
	exchanged.Exchanged, exchanged.Tenant, exchanged.Role, exchanged.Region = true, acme.ID, tenant.Editor, tenant.EU

	firebase := func(c tenancytest.Claims) tenancytest.Claims { return c["firebase"].(tenancytest.Claims) }
	full := issuer.ExchangedClaims(acme, "u1", tenant.Editor).
		Set("name", "Ann Ø").Set("picture", "https://x").Set("phone_number", "+1").Set("email_verified", false)
	firebase(full).Set("sign_in_attributes", tenancytest.Claims{"groups": []string{"a"}}).
		Set("sign_in_second_factor", "totp").Set("second_factor_identifier", "x")
	bare := issuer.Claims(acme.IdentityTenant, "u1").Without("email").Without("email_verified")
	bareWant := initial
	bareWant.Email = ""

	for name, c := range map[string]struct {
		token string
		want  idtoken.Verified
	}{
		"after a sign-in":                   {issuer.Initial(acme, "u1"), initial},
		"after the exchange":                {issuer.Exchanged(acme, "u1", tenant.Editor), exchanged},
		"with everything":                   {issuer.Sign(full), exchanged},
		"without an address":                {issuer.Sign(bare), bareWant},
		"after a sign-in, with copied ones": {issuer.Sign(issuer.Claims(acme.IdentityTenant, "u1").Set("tn", acme.ID.String()).Set("rl", "admin").Set("rg", 2)), initial},
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []string{"keys", "cache"} {
				got, err := v.Judged(t.Context(), c.token)
				if err != nil {
					t.Fatalf("from the %s: %v", from, err)
				}
				if d := tenancytest.Diff(c.want, got); d != "" {
					t.Errorf("from the %s (-want +got):\n%s", from, d)
				}
			}
		})
	}
	if n := issuer.Fetches(); n != 1 {
		t.Errorf("%d fetches of the certificates, want 1", n)
	}
}

// TestVerifierRefusesClaims: tokens whose signature is good and whose content is not.
func TestVerifierRefusesClaims(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v := issuer.Tokens(t)
	acme, globex := tenancytest.NewTenant(t, "acme", tenant.EU), tenancytest.NewTenant(t, "globex", tenant.US)
	claims := func() tenancytest.Claims { return issuer.ExchangedClaims(acme, "u1", tenant.Editor) }
	firebase := func(name string, value any) tenancytest.Claims {
		c := claims()
		c["firebase"].(tenancytest.Claims)[name] = value
		return c
	}
	cases := map[string]any{
		// Another purpose, project or maker.
		"another project's audience": claims().Set("aud", "another-project"),
		"an audience in a list":      claims().Set("aud", []string{issuer.Project}),
		"two audiences":              claims().Set("aud", []string{issuer.Project, "another-project"}),
		"no audience":                claims().Without("aud"),
		"another project's issuer":   claims().Set("iss", "https://securetoken.google.com/another-project"),
		"issuer with a slash":        claims().Set("iss", "https://securetoken.google.com/"+issuer.Project+"/"),
		"issuer in another case":     claims().Set("iss", "https://SecureToken.google.com/"+issuer.Project),
		"issuer by http":             claims().Set("iss", "http://securetoken.google.com/"+issuer.Project),
		"no issuer":                  claims().Without("iss"),
		"a session cookie":           claims().Set("iss", "https://session.firebase.google.com/"+issuer.Project),
		"an App Check token":         claims().Set("iss", "https://firebaseappcheck.googleapis.com/1234"),
		"a custom token": tenancytest.Claims{
			"iss": "web@" + issuer.Project + ".iam.gserviceaccount.com", "sub": "web@" + issuer.Project + ".iam.gserviceaccount.com",
			"aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
			"uid": "u1", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "tenant_id": acme.IdentityTenant,
			"claims": tenancytest.Claims{"tn": acme.ID.String(), "rl": "admin", "rg": 2},
		},
		"an OIDC token of Google": tenancytest.Claims{
			"iss": "https://accounts.google.com", "aud": "https://app.example", "sub": "1", "email": "x@y", "email_verified": true,
			"azp": "1", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		},

		// Nobody, or two of them.
		"no subject":             claims().Without("sub"),
		"empty subject":          claims().Set("sub", "").Set("user_id", ""),
		"subject is a path":      claims().Set("sub", "a/b").Set("user_id", "a/b"),
		"long subject":           claims().Set("sub", strings.Repeat("a", 129)).Set("user_id", strings.Repeat("a", 129)),
		"no user_id":             claims().Without("user_id"),
		"user_id of another":     claims().Set("user_id", "u2"),
		"no identity tenant":     issuer.Claims("", "u1"),
		"identity tenant absent": claims().Set("firebase", tenancytest.Claims{"sign_in_provider": "password", "identities": tenancytest.Claims{}}),
		"no firebase":            claims().Without("firebase"),
		"firebase is null":       claims().Set("firebase", nil),
		"no provider":            firebase("sign_in_provider", ""),

		// Made for another service: see claim "use".
		"a token for Service B":      claims().Set("use", "inspection").Set("doc", "d1"),
		"a use that nobody knows":    claims().Set("use", "anything"),
		"no use, and yet a member":   claims().Set("use", nil),
		"a use in another case":      claims().Set("Use", "inspection"),
		"an initial token with uses": issuer.Claims(acme.IdentityTenant, "u1").Set("use", "inspection"),

		// The exchange's claims, by halves or malformed.
		"no tn":                   claims().Without("tn"),
		"no rl":                   claims().Without("rl"),
		"no rg":                   claims().Without("rg"),
		"custom without claims":   claims().Without("tn").Without("rl").Without("rg"),
		"empty tn":                claims().Set("tn", ""),
		"tn is a slug":            claims().Set("tn", "acme"),
		"tn is a path":            claims().Set("tn", "tn-../../../.."),
		"tn is null":              claims().Set("tn", nil),
		"tn is a list":            claims().Set("tn", []string{acme.ID.String(), globex.ID.String()}),
		"rl unknown":              claims().Set("rl", "owner"),
		"rl in another case":      claims().Set("rl", "Admin"),
		"rl is a list":            claims().Set("rl", []string{"admin"}),
		"rg unknown":              claims().Set("rg", 4),
		"rg zero":                 claims().Set("rg", 0),
		"rg as text":              claims().Set("rg", "2"),
		"rg as a fraction":        strings.Replace(tenancytest.JSON(claims()), `"rg":2`, `"rg":2.0`, 1),
		"rg with an exponent":     strings.Replace(tenancytest.JSON(claims()), `"rg":2`, `"rg":2e0`, 1),
		"rg beyond 64 bits":       strings.Replace(tenancytest.JSON(claims()), `"rg":2`, `"rg":18446744073709551618`, 1),
		"sign-in with half a set": issuer.Claims(acme.IdentityTenant, "u1").Set("tn", []string{"x"}),

		// Ambiguous: two readers would read two things.
		"tn twice":            addMember(tenancytest.JSON(claims()), `"tn":"`+globex.ID.String()+`"`),
		"tn twice, the same":  addMember(tenancytest.JSON(claims()), `"tn":"`+acme.ID.String()+`"`),
		"tn and TN":           addMember(tenancytest.JSON(claims()), `"TN":"`+globex.ID.String()+`"`),
		"tn and an escaped n": addMember(tenancytest.JSON(claims()), `"t\u006e":"`+globex.ID.String()+`"`),
		"escaped t and tn":    addMember(tenancytest.JSON(claims()), `"\u0074n":"`+globex.ID.String()+`"`),
		"firebase twice":      addMember(tenancytest.JSON(claims()), `"firebase":{"tenant":"`+globex.IdentityTenant+`"}`),
		"FireBase too":        addMember(tenancytest.JSON(claims()), `"FireBase":{"tenant":"`+globex.IdentityTenant+`"}`),
		"FIREBASE alone":      strings.Replace(tenancytest.JSON(claims()), `"firebase"`, `"FIREBASE"`, 1),
		"tenant twice":        strings.Replace(tenancytest.JSON(claims()), `"tenant":`, `"tenant":"`+globex.IdentityTenant+`","tenant":`, 1),
		"Tenant too":          firebase("Tenant", globex.IdentityTenant),
		"sub twice":           addMember(tenancytest.JSON(claims()), `"sub":"u2"`),
		"Kelvin sign":         strings.Replace(tenancytest.JSON(claims()), `"user_id"`, `"u\u017fer_id"`, 1),

		"tn and t_n":         addMember(tenancytest.JSON(claims()), `"t_n":"`+globex.ID.String()+`"`),
		"userId too":         claims().Set("userId", "u2"),
		"long s":             claims().Set("u\u017fer_id", "u2"),
		"signInProvider too": firebase("signInProvider", "password"),

		"not before":             claims().Set("nbf", time.Now().Add(time.Hour).Unix()),
		"identities is a list":   firebase("identities", []string{}),
		"identities is null":     firebase("identities", nil),
		"email is null":          claims().Set("email", nil),
		"email_verified is text": claims().Set("email_verified", "true"),

		// No JSON object, or more than one.
		"empty":             "",
		"null":              "null",
		"a list":            "[]",
		"text":              `"x"`,
		"cut off":           tenancytest.JSON(claims())[:40],
		"two objects":       tenancytest.JSON(claims()) + tenancytest.JSON(claims()),
		"a trailing byte":   tenancytest.JSON(claims()) + "x",
		"a trailing NUL":    tenancytest.JSON(claims()) + "\x00",
		"a byte order mark": "\ufeff" + tenancytest.JSON(claims()),
		"not UTF-8":         strings.Replace(tenancytest.JSON(claims()), "u1@", "\xff@", 1),
		"lone surrogate":    strings.Replace(tenancytest.JSON(claims()), "u1@", `\ud800@`, 1),
		"a comment":         "/**/" + tenancytest.JSON(claims()),
	}
	for name, claims := range cases {
		t.Run(name, func(t *testing.T) { refused(t, v, issuer.Sign(claims)) })
	}
	if _, err := v.Judged(t.Context(), issuer.Sign(tenancytest.JSON(claims()))); err != nil {
		t.Errorf("the sound token that these were made of: %v", err)
	}
	for name, claims := range map[string]any{
		"a claim that Google added":             claims().Set("admin", true),
		"one beside the provider":               firebase("role", "admin"),
		"a claim that was in force a while ago": claims().Set("nbf", time.Now().Add(-time.Hour).Unix()),
	} {
		got, err := v.Judged(t.Context(), issuer.Sign(claims))
		if err != nil || got.Role != tenant.Editor || got.Tenant != acme.ID {
			t.Errorf("%s: %+v, %v; want the token as it was", name, got, err)
		}
	}
}

// TestVerifierKeepsTime: a minute of leeway between clocks, no more, in either direction.
func TestVerifierKeepsTime(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	acme := tenancytest.NewTenant(t, "acme", tenant.EU)
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().Unix()
		for name, c := range map[string]struct {
			authTime, iat, exp any
			want               error
		}{
			"fresh":                             {now, now, now + 3600, nil},
			"in its last second":                {now - 3599, now - 3599, now + 1, nil},
			"expired within the leeway":         {now - 3600, now - 3600, now, nil},
			"expired 59 s ago":                  {now - 3659, now - 3659, now - 59, nil},
			"expired 60 s ago":                  {now - 3660, now - 3660, now - 60, tenant.ErrUnauthenticated},
			"expired 240 s ago":                 {now - 3840, now - 3840, now - 240, tenant.ErrUnauthenticated},
			"expired 301 s ago":                 {now - 3901, now - 3901, now - 301, tenant.ErrUnauthenticated},
			"issued 60 s ahead":                 {now, now + 60, now + 3660, nil},
			"issued 61 s ahead":                 {now, now + 61, now + 3661, tenant.ErrUnauthenticated},
			"signed in 61 s ahead":              {now + 61, now + 60, now + 3660, tenant.ErrUnauthenticated},
			"signed in after it was issued":     {now + 1, now, now + 3600, tenant.ErrUnauthenticated},
			"signed in long ago":                {now - 86400*30, now, now + 3600, nil},
			"issued when it expires":            {now, now, now, tenant.ErrUnauthenticated},
			"issued after it expires":           {now - 10, now, now - 1, tenant.ErrUnauthenticated},
			"lives longer than an hour":         {now, now, now + 3601, tenant.ErrUnauthenticated},
			"lives for ever":                    {now, now, int64(1) << 62, tenant.ErrUnauthenticated},
			"no sign-in":                        {nil, now, now + 3600, tenant.ErrUnauthenticated},
			"sign-in at nought":                 {0, now, now + 3600, tenant.ErrUnauthenticated},
			"not issued":                        {now, nil, now + 3600, tenant.ErrUnauthenticated},
			"never expires":                     {now, now, nil, tenant.ErrUnauthenticated},
			"times as text":                     {"0", "0", "99999999999", tenant.ErrUnauthenticated},
			"before 1970, to underflow":         {int64(-1) << 62, int64(-1) << 62, int64(1) << 62, tenant.ErrUnauthenticated},
			"the highest number, to overflow":   {int64(math.MaxInt64 - 1), int64(math.MaxInt64 - 1), int64(math.MaxInt64), tenant.ErrUnauthenticated},
			"a fraction, which may be rounded":  {now, now, float64(now) + 3599.5, tenant.ErrUnauthenticated},
			"expiry in milliseconds, not quite": {now, now, now * 1000, tenant.ErrUnauthenticated},
		} {
			claims := issuer.ExchangedClaims(acme, "u1", tenant.Editor).Set("auth_time", c.authTime).Set("iat", c.iat).Set("exp", c.exp)
			if _, err := inBubble(t, issuer).Judged(t.Context(), issuer.Sign(claims)); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
	})
}

// TestVerifierForgetsInTime: a remembered token is refused as soon as a new one would be.
func TestVerifierForgetsInTime(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	acme := tenancytest.NewTenant(t, "acme", tenant.EU)
	synctest.Test(t, func(t *testing.T) {
		v := inBubble(t, issuer)
		raw := issuer.Exchanged(acme, "u1", tenant.Editor)
		verify := func(want error) {
			t.Helper()
			if _, err := v.Judged(t.Context(), raw); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		verify(nil)
		time.Sleep(time.Hour - time.Second)
		verify(nil)
		time.Sleep(60 * time.Second)
		verify(nil)
		time.Sleep(time.Second)
		verify(tenant.ErrUnauthenticated)
	})
}

// TestVerifierRemembersForFiveMinutes: a key that Google withdraws is outlived by no more.
func TestVerifierRemembersForFiveMinutes(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	acme := tenancytest.NewTenant(t, "acme", tenant.EU)
	synctest.Test(t, func(t *testing.T) {
		issuer.SetMaxAge(time.Minute)
		v := inBubble(t, issuer)
		raw := issuer.Exchanged(acme, "u1", tenant.Editor)
		verify := func(want error) {
			t.Helper()
			if _, err := v.Judged(t.Context(), raw); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			synctest.Wait()
		}
		verify(nil)
		other := tenancytest.NewKey(7)
		issuer.Publish(map[string]string{other.ID: other.Certificate})
		time.Sleep(2 * time.Minute)
		verify(nil) // from memory
		inOther := other.Sign(tenancytest.Claims{"alg": "RS256", "kid": other.ID, "typ": "JWT"}, issuer.ExchangedClaims(acme, "u2", tenant.Viewer))
		if _, err := v.Judged(t.Context(), inOther); err != nil { // brings the new keys in
			t.Error(err)
		}
		time.Sleep(3*time.Minute - time.Second)
		verify(nil)
		time.Sleep(time.Second)
		verify(tenant.ErrUnauthenticated)
	})
}

func TestNewVerifierRefusesNonsense(t *testing.T) {
	good := idtoken.VerifierConfig{Project: "bulkhead-test", CertificateURL: idtoken.GoogleCertificates, HTTPClient: http.DefaultClient}
	if _, err := idtoken.NewVerifier(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*idtoken.VerifierConfig){
		"no project":          func(c *idtoken.VerifierConfig) { c.Project = "" },
		"project of a path":   func(c *idtoken.VerifierConfig) { c.Project = "x/../bulkhead" },
		"no certificates":     func(c *idtoken.VerifierConfig) { c.CertificateURL = "" },
		"certificate file":    func(c *idtoken.VerifierConfig) { c.CertificateURL = "file:///etc/passwd" },
		"no client":           func(c *idtoken.VerifierConfig) { c.HTTPClient = nil },
		"cache of minus one":  func(c *idtoken.VerifierConfig) { c.CacheSize = -1 },
		"certificate garbage": func(c *idtoken.VerifierConfig) { c.CertificateURL = "::" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := idtoken.NewVerifier(cfg); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}
