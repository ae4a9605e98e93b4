package authpolicy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestNothingLoosens: whatever an admin may write, what the tenant accepts is part of what the
// platform accepts, and of what it accepted where a setting takes away.
func TestNothingLoosens(t *testing.T) {
	for refused := range authpolicy.Set(255) {
		p := authpolicy.Policy{Refused: refused}
		if more := p.Accepts() &^ authpolicy.Minimum(); more != 0 {
			t.Errorf("refusing %08b accepts %s, which the platform does not", refused, more)
		}
		for _, c := range []authpolicy.Credential{authpolicy.Password, authpolicy.Provider, authpolicy.Token, authpolicy.Key, authpolicy.Access} {
			if refused.Has(c) && p.Accepts().Has(c) {
				t.Errorf("refusing %s accepts %s", refused, c)
			}
		}
	}
}

func TestParseSettings(t *testing.T) {
	for _, text := range []string{`{"api":["token","key","access"]}`, `{"api":["key"]}`} {
		s, err := authpolicy.ParseSettings([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var p authpolicy.Policy
		next, err := p.Apply(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, next.Settings()); diff != "" {
			t.Errorf("%s comes back otherwise (-written +read):\n%s", text, diff)
		}
	}
	for name, text := range map[string]string{
		"nothing":                `{}`,
		"an empty list":          `{"api":[]}`,
		"null":                   `{"api":null}`,
		"a sign-in":              `{"api":["token","password"]}`,
		"an unknown one":         `{"api":["token","anonymous"]}`,
		"one twice":              `{"api":["token","token"]}`,
		"another case":           `{"api":["Token"]}`,
		"a member twice":         `{"api":["token"],"api":["key"]}`,
		"a member in other case": `{"API":["token"]}`,
		"optional":               `{"api":["token"],"optional":true}`,
		"fail open":              `{"api":["token"],"failOpen":true}`,
		"two documents":          `{"api":["token"]}{"api":["key"]}`,
		"a list":                 `[]`,
		"no JSON":                `api`,
	} {
		if s, err := authpolicy.ParseSettings([]byte(text)); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: %s is taken as %v, %v", name, text, s, err)
		}
	}
}

func provider(id string) authpolicy.OIDC {
	parsed, err := authpolicy.ParseProviderID(id)
	if err != nil {
		panic(err)
	}
	return authpolicy.OIDC{
		ID: parsed, Name: "Acme ID", Issuer: "https://id.acme.example", ClientID: "bulkhead", Secret: []byte("sealed"),
		AuthorizationEndpoint: "https://id.acme.example/authorize", TokenEndpoint: "https://id.acme.example/token",
		JWKS: "https://id.acme.example/keys", Algorithms: []string{"RS256"}, State: authpolicy.Enabled, First: authpolicy.Refuse,
	}
}

func issuer(iss string) authpolicy.Issuer {
	return authpolicy.Issuer{
		Name: "Builds", Issuer: iss, JWKS: iss + "/keys", Audience: "https://api.bulkhead.example",
		Algorithms: []string{"RS256"}, Clients: []string{"builds"}, Scopes: map[string]tenant.Role{"files.write": tenant.Editor},
	}
}

func TestPolicyValidate(t *testing.T) {
	by, _ := tenant.ParseUserID("ada")
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	domain := authpolicy.Domain{Name: "acme.example", Challenge: authpolicy.NewChallenge()}
	sound := func() authpolicy.Policy {
		return authpolicy.Policy{
			Providers: []authpolicy.OIDC{provider("aaaaaaaaaa")}, Issuers: []authpolicy.Issuer{issuer("https://id.acme.example")},
			Domains: []authpolicy.Domain{domain},
		}
	}
	p := sound()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*authpolicy.Policy){
		"passwords refused, no provider": func(p *authpolicy.Policy) {
			p.Refused, p.Providers = authpolicy.SetOf(authpolicy.Password), nil
		},
		"passwords refused, provider a draft": func(p *authpolicy.Policy) {
			p.Refused, p.Providers[0].State = authpolicy.SetOf(authpolicy.Password), authpolicy.Draft
		},
		"passwords and providers refused": func(p *authpolicy.Policy) { p.Refused = authpolicy.SignIns() },
		"enforced without a provider": func(p *authpolicy.Policy) {
			p.Enforcement = authpolicy.Enforcement{State: authpolicy.Enforced, Since: now, By: by}
			p.Providers = nil
		},
		"an unknown credential refused": func(p *authpolicy.Policy) { p.Refused = 1 << 7 },
		"two providers of one id":       func(p *authpolicy.Policy) { p.Providers = append(p.Providers, provider("aaaaaaaaaa")) },
		"two issuers of one name": func(p *authpolicy.Policy) {
			p.Issuers = append(p.Issuers, issuer("https://id.acme.example"))
		},
		"one domain twice":           func(p *authpolicy.Policy) { p.Domains = append(p.Domains, domain) },
		"too many domains":           func(p *authpolicy.Policy) { p.Domains = make([]authpolicy.Domain, authpolicy.MaxDomains+1) },
		"a provider without secret":  func(p *authpolicy.Policy) { p.Providers[0].Secret = nil },
		"a provider without state":   func(p *authpolicy.Policy) { p.Providers[0].State = "" },
		"somebody unknown is let in": func(p *authpolicy.Policy) { p.Providers[0].First = "admin" },
		"an issuer with a password":  func(p *authpolicy.Policy) { p.Providers[0].Issuer = "https://a:b@id.acme.example" },
		"an address of a script":     func(p *authpolicy.Policy) { p.Providers[0].JWKS = "javascript:alert(1)" },
		"groups without a claim": func(p *authpolicy.Policy) {
			p.Providers[0].Groups = map[string]tenant.Role{"ops": tenant.Admin}
		},
		"a group without a role": func(p *authpolicy.Policy) {
			p.Providers[0].GroupsClaim, p.Providers[0].Groups = "groups", map[string]tenant.Role{"ops": 0}
		},
		"an issuer for all clients": func(p *authpolicy.Policy) { p.Issuers[0].Clients = nil },
		"an issuer without scopes":  func(p *authpolicy.Policy) { p.Issuers[0].Scopes = nil },
		"a program that is an admin": func(p *authpolicy.Policy) {
			p.Issuers[0].Scopes = map[string]tenant.Role{"all": tenant.Admin}
		},
		"an issuer of people, by scope": func(p *authpolicy.Policy) { p.Issuers[0].People = true },
		"an issuer without algorithms":  func(p *authpolicy.Policy) { p.Issuers[0].Algorithms = nil },
		"an upper-case domain":          func(p *authpolicy.Policy) { p.Domains[0].Name = "Acme.example" },
		"a domain of one label":         func(p *authpolicy.Policy) { p.Domains[0].Name = "localhost" },
		"somebody else's challenge":     func(p *authpolicy.Policy) { p.Domains[0].Challenge = "google-site-verification=abc" },
		"enforcement by nobody": func(p *authpolicy.Policy) {
			p.Enforcement = authpolicy.Enforcement{State: authpolicy.Staged, Since: now}
		},
		"an unknown enforcement": func(p *authpolicy.Policy) { p.Enforcement.State = "later" },
		"a recovery code in the clear": func(p *authpolicy.Policy) {
			p.Enforcement = authpolicy.Enforcement{State: authpolicy.Staged, Since: now, By: by, Codes: [][]byte{[]byte("abcd-efgh")}}
		},
	} {
		p := sound()
		spoil(&p)
		if err := p.Validate(); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: Validate() = %v, want ErrInvalid", name, err)
		}
	}
}

func TestRoles(t *testing.T) {
	o := provider("aaaaaaaaaa")
	o.Groups = map[string]tenant.Role{"readers": tenant.Viewer, "ops": tenant.Admin}
	i := issuer("https://id.acme.example")
	i.Scopes["files.read"] = tenant.Viewer
	for _, row := range []struct {
		groups []string
		want   string
	}{
		{nil, "none false"}, {[]string{"sales"}, "none false"}, {[]string{"Ops"}, "none false"},
		{[]string{"readers"}, "viewer true"}, {[]string{"readers", "ops"}, "admin true"},
	} {
		role, ok := o.RoleOf(row.groups)
		if got := fmt.Sprint(role, " ", ok); got != row.want {
			t.Errorf("groups %v: %s, want %s", row.groups, got, row.want)
		}
	}
	if role, ok := i.RoleOf([]string{"files.read", "files.write"}); role != tenant.Editor || !ok {
		t.Errorf("a program with both scopes is %v, %v", role, ok)
	}
	if role, ok := i.RoleOf([]string{"openid"}); ok {
		t.Errorf("a program without a scope of ours is %v", role)
	}
}

func TestEnforcement(t *testing.T) {
	ada, _ := tenant.ParseUserID("ada")
	bob, _ := tenant.ParseUserID("bob")
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return start.Add(d) }
	staged, codes := authpolicy.Enforcement{}.Stage(ada, start)
	if staged.Now(at(0)) != authpolicy.Staged || len(codes) != authpolicy.RecoveryCodes {
		t.Fatalf("staged as %v with %d codes", staged.Now(start), len(codes))
	}

	t.Run("the second person ends it", func(t *testing.T) {
		one, changed := staged.Succeeded(ada, at(time.Minute))
		if !changed || one.Now(at(time.Minute)) != authpolicy.Staged {
			t.Fatalf("after one person: %v", one.Is())
		}
		if again, changed := one.Succeeded(ada, at(2*time.Minute)); changed || again.Is() != authpolicy.Staged {
			t.Errorf("the same person again makes it %v", again.Is())
		}
		two, changed := one.Succeeded(bob, at(3*time.Minute))
		if !changed || two.Now(at(48*time.Hour)) != authpolicy.Enforced || len(two.Codes) != authpolicy.RecoveryCodes {
			t.Errorf("after two people: %v with %d codes", two.Is(), len(two.Codes))
		}
	})
	t.Run("it reverts", func(t *testing.T) {
		one, _ := staged.Succeeded(ada, at(time.Minute))
		if got := one.Now(at(authpolicy.StageTime)); got != authpolicy.Off {
			t.Errorf("after an hour and one person it is %v before the job", got)
		}
		if late, changed := one.Succeeded(bob, at(authpolicy.StageTime)); changed || late.Is() == authpolicy.Enforced {
			t.Error("the second person came too late, and it is enforced")
		}
		if _, changed := one.Revert(at(authpolicy.StageTime - time.Second)); changed {
			t.Error("it reverts a second too early")
		}
		off, changed := one.Revert(at(authpolicy.StageTime))
		if !changed || off.Is() != authpolicy.Off || off.Reverted.IsZero() || len(off.Codes) != 0 {
			t.Errorf("reverted: %+v", off)
		}
	})
	t.Run("codes", func(t *testing.T) {
		next, ok := staged.Use(" " + strings.ToUpper(strings.ReplaceAll(codes[3], "-", " ")))
		if !ok || len(next.Codes) != authpolicy.RecoveryCodes-1 || len(staged.Codes) != authpolicy.RecoveryCodes {
			t.Errorf("a code as people type it: %v, %d left of %d", ok, len(next.Codes), len(staged.Codes))
		}
		if _, ok := next.Use(codes[3]); ok {
			t.Error("a code is good twice")
		}
		for _, wrong := range []string{"", "-", "abcd-efgh-2345-ijkl"} {
			if _, ok := staged.Use(wrong); ok {
				t.Errorf("%q is a code", wrong)
			}
		}
	})
}

func TestDomain(t *testing.T) {
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	d := authpolicy.Domain{Name: "acme.example", Challenge: authpolicy.NewChallenge()}
	if d.IsProven(start) || d.Looked(false, start).IsProven(start) {
		t.Error("a domain is proven without its record")
	}
	d = d.Looked(true, start)
	if !d.IsProven(start) || d.RecordName() != "_bulkhead-challenge.acme.example" {
		t.Errorf("with its record: %+v", d)
	}
	gone := d.Looked(false, start.Add(time.Hour))
	if !gone.IsProven(start.Add(2 * time.Hour)) {
		t.Error("one look without the record takes the domain away at once")
	}
	if back := gone.Looked(true, start.Add(3*time.Hour)); !back.Failing.IsZero() {
		t.Error("the record is back, and the domain still fails")
	}
	late := start.Add(time.Hour + authpolicy.ProofGrace)
	if gone.IsProven(late) {
		t.Error("a domain whose record is gone for days still decides")
	}
	if lost := gone.Looked(false, late); !lost.Proven.IsZero() || lost.Validate() != nil {
		t.Errorf("lost: %+v, %v", lost, lost.Validate())
	}
}

// A second factor is wanted once it is required and its grace is over, whatever was proven counts,
// and a change of the grace starts nothing again.
func TestSecondFactorTightens(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	required := authpolicy.SecondFactor{}.Require(7*day, noon)
	for name, c := range map[string]struct {
		s     authpolicy.SecondFactor
		f     authpolicy.Factor
		after time.Duration
		want  error
	}{
		"none required":           {authpolicy.SecondFactor{}, authpolicy.Factor{}, 99 * day, nil},
		"within the grace":        {required, authpolicy.Factor{}, 7*day - 1, nil},
		"after the grace":         {required, authpolicy.Factor{}, 7 * day, authpolicy.ErrSecondFactor},
		"an app, after the grace": {required, authpolicy.ByCode(), 7 * day, nil},
		"a passkey":               {required, authpolicy.ByPasskey(), 7 * day, nil},
		"a recovery code":         {required, authpolicy.ByRecovery(), 7 * day, nil},
		"required again later":    {required.Require(7*day, noon.Add(6*day)), authpolicy.Factor{}, 7 * day, authpolicy.ErrSecondFactor},
		"without a grace":         {authpolicy.SecondFactor{}.Require(0, noon), authpolicy.Factor{}, 0, authpolicy.ErrSecondFactor},
	} {
		if err := c.s.Admits(c.f, noon.Add(c.after)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for _, f := range []authpolicy.Factor{authpolicy.ByCode(), authpolicy.ByPasskey(), authpolicy.ByRecovery()} {
		if got, err := authpolicy.ParseFactor(f.String()); err != nil || got != f {
			t.Errorf("%v is read as %v, %v", f, got, err)
		}
	}
	for _, s := range []string{"", "none", "TOTP", "sms", "totp "} {
		if _, err := authpolicy.ParseFactor(s); err == nil {
			t.Errorf("%q is a second factor", s)
		}
	}
}
