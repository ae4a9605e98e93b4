package tenancy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// admin is a caller who administers the tenant.
func (s *server) admin(t testing.TB, c *control, of tenant.Tenant) tenancy.Principal {
	t.Helper()
	p, err := s.auth.Session(t.Context(), tenant.SelectID(of.ID), c.issuer.Exchanged(of, "ann", tenant.Admin))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newKey makes a key of the tenant and returns it as its holder sends it.
func (s *server) newKey(t testing.TB, c *control, of tenant.Tenant, n apikey.Draft) (apikey.Key, string) {
	t.Helper()
	key, secret, err := s.auth.APIKeys().Create(t.Context(), s.admin(t, c, of), n)
	if err != nil {
		t.Fatal(err)
	}
	return key, secret.Reveal()
}

// secretOf is the secret of a key, without its checksum.
func secretOf(held string) string { return held[len("bhk_")+17:][:keytext.SecretLength] }

func editorKey() apikey.Draft {
	return apikey.Draft{Role: tenant.Editor}
}

// TestAPIKeyPrincipal: whom a key makes, and that it lives as long as was said and no longer.
func TestAPIKeyPrincipal(t *testing.T) {
	w := newWorld(t)
	for _, n := range []apikey.Draft{
		{Role: tenant.Viewer, Days: 1},
		{Role: tenant.Editor},
	} {
		key, held := w.newKey(t, w.control, w.acme, n)
		for _, s := range []tenant.Selector{tenant.SelectSlug(w.acme.Slug), tenant.SelectID(w.acme.ID)} {
			p, err := w.auth.Bearer(t.Context(), s, held)
			if err != nil {
				t.Fatal(err)
			}
			expires := time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
			if n.Days > 0 {
				expires = key.Created.Add(24 * time.Hour)
			}
			if p.Tenant() != w.acme.ID || p.User().String() != "apikey-"+key.ID.String() || p.Email() != "API key: "+key.ID.String() || p.Role() != n.Role ||
				p.Region() != tenant.EU || p.Cell() != w.acme.Cell || p.Method() != tenancy.ByAPIKey || p.Method().String() != "api-key" ||
				!p.SignedIn().IsZero() || !p.IssuedAt().Equal(key.Created) || !p.Expires().Equal(expires) {
				t.Errorf("the key of %s makes %+v", n.Role, p)
			}
			if err := p.Check(t.Context()); err != nil || !p.Valid(w.clock.now()) {
				t.Errorf("the key of %s: %v", n.Role, err)
			}
			if err := w.auth.EndSession(t.Context(), p); !errors.Is(err, tenant.ErrInvalid) {
				t.Errorf("the key of %s has a session to end: %v", n.Role, err)
			}
			all := fmt.Sprintf("%v %+v %#v %+v %#v", p, p, p, w.auth, w.auth.APIKeys()) + tenancytest.JSON(p) + tenancytest.JSON(key) + fmt.Sprintf("%+v %#v", key, key)
			if strings.Contains(all, held[len("bhk_")+17:]) {
				t.Errorf("the secret shows: %s", all)
			}
		}
	}
}

func TestAPIKeyExpires(t *testing.T) {
	w := newWorld(t)
	_, held := w.newKey(t, w.control, w.acme, apikey.Draft{Role: tenant.Viewer, Days: 1})
	enter := func() (tenancy.Principal, error) {
		return w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	}
	p, err := enter()
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(24*time.Hour - time.Minute)
	w.poll(t)
	if _, err := enter(); err != nil || p.Check(t.Context()) != nil {
		t.Fatalf("a minute before its end: %v", err)
	}
	w.clock.advance(time.Minute)
	w.poll(t)
	if _, err := enter(); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("at its end: %v, want ErrUnauthenticated", err)
	}
	if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) || p.Valid(w.clock.now()) {
		t.Errorf("in use, at its end: %v, want ErrUnauthenticated", err)
	}
}

// TestAPIKeysAtTheDoor is the dialogue at the door with keys: who shows what, asks for whom, and
// hears what.
func TestAPIKeysAtTheDoor(t *testing.T) {
	w := newWorld(t)
	suspended := w.onboard(t, "soon-suspended", tenant.EU)
	mine, acmes := w.newKey(t, w.control, w.acme, editorKey())
	_, globexs := w.newKey(t, w.control, w.globex, editorKey())
	_, suspendeds := w.newKey(t, w.control, suspended, editorKey())
	revoked, revokeds := w.newKey(t, w.control, w.acme, editorKey())
	if err := tenancytest.SetStatus(t.Context(), w.registry, suspended.ID, tenant.Suspended); err != nil {
		t.Fatal(err)
	}
	if _, err := w.auth.APIKeys().Revoke(t.Context(), w.admin(t, w.control, w.acme), revoked.ID); err != nil {
		t.Fatal(err)
	}
	acme, globex := tenant.SelectSlug(w.acme.Slug), tenant.SelectSlug(w.globex.Slug)
	unknown := keytext.Make("aaaaaaaaaaaaaaaa", secretOf(acmes))
	wrong := keytext.Make(globexs[len("bhk_"):len("bhk_")+16], secretOf(acmes))
	bent := globexs[:len("bhk_")+17] + acmes[len("bhk_")+17:] // globex's id, acme's secret and checksum

	refusals := map[string]bool{}
	for _, c := range []struct {
		says string
		asks tenant.Selector
		held string
		want error
	}{
		{"acme's at acme", acme, acmes, nil},
		{"globex's at globex", globex, globexs, nil},
		{"acme's at globex", globex, acmes, tenant.ErrTenantDenied},
		{"acme's at globex by its id", tenant.SelectID(w.globex.ID), acmes, tenant.ErrTenantDenied},
		{"globex's at acme", acme, globexs, tenant.ErrTenantDenied},
		{"acme's at a suspended tenant", tenant.SelectSlug(w.suspended.Slug), acmes, tenant.ErrTenantDenied},
		{"acme's at a deleted tenant", tenant.SelectSlug(w.deleted.Slug), acmes, tenant.ErrTenantDenied},
		{"acme's at a tenant that never was", tenant.SelectSlug(w.unknown.Slug), acmes, tenant.ErrTenantDenied},
		{"a suspended tenant's own", tenant.SelectSlug(suspended.Slug), suspendeds, tenant.ErrTenantDenied},
		{"acme's at nobody", tenant.Selector{}, acmes, tenant.ErrInvalid},

		// The key is judged first: a bad one learns nothing of the tenant.
		{"unknown at acme", acme, unknown, tenant.ErrUnauthenticated},
		{"unknown at globex", globex, unknown, tenant.ErrUnauthenticated},
		{"unknown at a tenant that never was", tenant.SelectSlug(w.unknown.Slug), unknown, tenant.ErrUnauthenticated},
		{"a wrong secret at globex", globex, wrong, tenant.ErrUnauthenticated},
		{"a wrong secret at acme", acme, wrong, tenant.ErrUnauthenticated},
		{"a wrong checksum at acme", acme, bent, tenant.ErrUnauthenticated},
		{"the checksum left out", acme, acmes[:len("bhk_")+17+keytext.SecretLength], tenant.ErrUnauthenticated},
		{"revoked at acme", acme, revokeds, tenant.ErrUnauthenticated},
		{"revoked at globex", globex, revokeds, tenant.ErrUnauthenticated},
		{"cut short", acme, acmes[:len(acmes)-1], tenant.ErrUnauthenticated},
		{"the id alone", acme, acmes[:len("bhk_")+17], tenant.ErrUnauthenticated},
		{"in capitals", acme, strings.ToUpper(acmes), tenant.ErrUnauthenticated},
		{"its id as a token", acme, mine.ID.String(), tenant.ErrUnauthenticated},
	} {
		p, err := w.auth.Bearer(t.Context(), c.asks, c.held)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (p == tenancy.Principal{}) != (c.want != nil) {
			t.Errorf("%s: %v, %v; want %v", c.says, p, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), acmes[len("bhk_")+17:]) {
			t.Errorf("%s: the error repeats the secret", c.says)
		}
		if strings.HasPrefix(c.held, "bhk_") && errors.Is(err, tenant.ErrUnauthenticated) {
			refusals[err.Error()] = true
		}
	}
	if len(refusals) != 1 {
		t.Errorf("refusals tell unknown, wrong and revoked keys apart: %v", refusals)
	}

	for says, door := range map[string]enter{"a page": w.auth.Session, "sign-in": w.auth.SignIn} {
		if p, err := door(t.Context(), acme, acmes); !errors.Is(err, tenant.ErrUnauthenticated) || p != (tenancy.Principal{}) {
			t.Errorf("%s takes a key: %v, %v", says, p, err)
		}
	}

	_, err := w.auth.Bearer(t.Context(), globex, acmes)
	mismatch, ok := errors.AsType[*tenancy.MismatchError](err)
	if !ok || mismatch.Tenant != w.acme.ID || mismatch.User != mine.ID.User() || mismatch.Asked != w.globex.ID {
		t.Errorf("reaching across is not said to be so: %#v", err)
	}
}

// TestNobodyIsCalledAsAKey: an account of a name that only this program gives cannot be used, so
// that its deeds are not taken for those of a key, a job or a program.
func TestNobodyIsCalledAsAKey(t *testing.T) {
	w := newWorld(t)
	key, _ := w.newKey(t, w.control, w.acme, editorKey())
	for _, user := range []tenant.UserID{
		key.ID.User(), tenant.JobUser("inspect"), tenant.ProgramUser("builds"), tenant.ProviderUser("aaaaaaaaaa"),
	} {
		name := user.String()
		for says, door := range w.doors() {
			if p, err := door(t.Context(), tenant.SelectID(w.acme.ID), w.issuer.Exchanged(w.acme, name, tenant.Editor)); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("%s, %s: %v, %v; want ErrUnauthenticated", name, says, p, err)
			}
		}
		if p, err := w.auth.SignIn(t.Context(), tenant.SelectID(w.acme.ID), w.issuer.Initial(w.acme, name)); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s, sign-in: %v, %v; want ErrUnauthenticated", name, p, err)
		}
	}
}
