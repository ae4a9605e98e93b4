package signin_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// The answer to a sign-in counts once, in the browser and the workspace in which it began, for ten
// minutes.
func TestAnswersThatAreNone(t *testing.T) {
	w := newWorld(t)
	_, acme := w.provider(t, w.Acme, "acme", asViewer, ann("1", "ann@id.acme.test"))
	_, globex := w.provider(t, w.Globex, "globex", asViewer, ann("1", "ann@id.globex.test"))
	const email = "ann@id.acme.test"

	t.Run("twice", func(t *testing.T) {
		b := w.browser()
		callback := answer(t, b.depart(t, w.Acme, acme, federation.ToSignIn), email)
		b.wantIn(t, "ann", w.Acme, b.arrive(t, callback), email)
		if _, kept := b.cookies["__Host-bhf-acme"]; kept {
			t.Error("the browser keeps a flow that was answered")
		}
		delete(b.cookies, "__Host-bh-acme")
		b.wantOut(t, "ann with a callback that was used", w.Acme, b.arrive(t, callback), 400, "Begin again")
	})
	t.Run("twice, with the cookie of the first time", func(t *testing.T) {
		b := w.browser()
		callback := answer(t, b.depart(t, w.Acme, acme, federation.ToSignIn), email)
		flow := b.cookies["__Host-bhf-acme"]
		b.wantIn(t, "ann", w.Acme, b.arrive(t, callback), email)
		thief := w.browser()
		thief.cookies["__Host-bhf-acme"] = flow
		thief.wantOut(t, "somebody with ann's cookie and callback", w.Acme, thief.arrive(t, callback), 400, "Begin again")
		if f := w.failed(t, w.Acme); f.Step != federation.StepCode || f.Subject != "" {
			t.Errorf("kept: %+v", f)
		}
	})
	t.Run("in another browser", func(t *testing.T) {
		callback := answer(t, w.browser().depart(t, w.Acme, acme, federation.ToSignIn), email)
		other := w.browser()
		other.wantOut(t, "a browser that began nothing", w.Acme, other.arrive(t, callback), 400, "did not begin in this browser")
		other.depart(t, w.Acme, acme, federation.ToSignIn)
		other.wantOut(t, "a browser that began another", w.Acme, other.arrive(t, callback), 400, "did not begin in this browser")
		if f := w.failed(t, w.Acme); f.Step != federation.StepState {
			t.Errorf("kept: %+v", f)
		}
	})
	t.Run("after ten minutes", func(t *testing.T) {
		for ago, status := range map[time.Duration]int{10*time.Minute + time.Second: 400, 9 * time.Minute: 303} {
			past := w.Process(t, func() time.Time { return time.Now().Add(-ago) })
			d, err := past.Federation.Depart(t.Context(), w.Acme.Tenant, acme.ID, federation.ToSignIn, tenancy.Principal{}, "")
			must(t, err)
			at, err := url.Parse(d.URL)
			must(t, err)
			b := w.browser()
			b.cookies["__Host-bhf-acme"] = d.Flow
			r := b.arrive(t, answer(t, at, email))
			if r.Code != status || status == 400 && !strings.Contains(r.Body.String(), "more than ten minutes") {
				t.Errorf("ann, %v later: %d %s", ago, r.Code, r.Body)
			}
		}
	})
	t.Run("with another tenant's state", func(t *testing.T) {
		b := w.browser()
		theirs := answer(t, b.depart(t, w.Globex, globex, federation.ToSignIn), "ann@id.globex.test")
		ours := answer(t, b.depart(t, w.Acme, acme, federation.ToSignIn), email)
		_, query, _ := strings.Cut(theirs, "?")
		r := b.get("/t/acme/sign-in/callback?" + query)
		b.wantOut(t, "acme, with globex's state and code", w.Acme, r, 400, "Begin again")
		b.cookies["__Host-bhf-globex"] = b.cookies["__Host-bhf-acme"] // a cookie of the wrong name opens for nobody
		_, query, _ = strings.Cut(ours, "?")
		r = b.get("/t/globex/sign-in/callback?" + query)
		b.wantOut(t, "globex, with acme's state and code", w.Globex, r, 400, "Begin again")
	})
	t.Run("a state that nobody sealed", func(t *testing.T) {
		for _, state := range []string{"", "x", strings.Repeat("A", 5000), "AAAA%0AAAAA"} {
			if r := w.browser().get("/callback?code=c&state=" + state); r.Code != 400 {
				t.Errorf("state %.10q: %d", state, r.Code)
			}
		}
		if r := w.browser().get("/callback?code=c&state=a&state=b"); r.Code != 400 {
			t.Errorf("two states: %d", r.Code)
		}
	})
	t.Run("another issuer says that it answers", func(t *testing.T) {
		b := w.browser()
		callback, err := url.Parse(answer(t, b.depart(t, w.Acme, acme, federation.ToSignIn), email))
		must(t, err)
		q := callback.Query()
		q.Set("iss", globex.Issuer)
		b.wantOut(t, "ann, by globex's issuer", w.Acme, b.arrive(t, "/callback?"+q.Encode()), 400, "Begin again")
	})
	t.Run("the provider says no", func(t *testing.T) {
		b := w.browser()
		state := b.depart(t, w.Acme, acme, federation.ToSignIn).Query().Get("state")
		r := b.arrive(t, "/callback?"+url.Values{"error": {"access_denied"}, "state": {state}}.Encode())
		b.wantOut(t, "ann, who cancels", w.Acme, r, 403, "did not sign you in")
		if f := w.failed(t, w.Acme); f.Step != federation.StepAuthorize || !strings.Contains(f.Sentence, "access_denied") {
			t.Errorf("kept: %+v", f)
		}
	})
}

// A provider that misbehaves lets nobody in, whatever it does at which step, and an admin reads
// why.
func TestProvidersThatMisbehave(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		at     oidc.Endpoint
		fault  oidc.Fault
		status int
		step   federation.Step
	}{
		"the token endpoint answers HTML":       {oidc.Token, oidc.HTML(), 502, federation.StepToken},
		"the token endpoint redirects for ever": {oidc.Token, oidc.RedirectLoop(), 502, federation.StepToken},
		"the token endpoint fails":              {oidc.Token, oidc.Status(500), 503, federation.StepToken},
		"the keys are HTML":                     {oidc.KeySet, oidc.HTML(), 503, "id token:key"},
		"the keys are gone":                     {oidc.KeySet, oidc.Status(500), 503, "id token:key"},
		"the key set is of 10 MB":               {oidc.KeySet, oidc.LargeKeySet(10 << 20), 503, "id token:key"},
	} {
		t.Run(name, func(t *testing.T) {
			w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Providers = nil })
			// A realm of its own: nobody has its keys yet, and no failure waits to be forgotten.
			realm, o := w.provider(t, w.Acme, strings.ToLower(strings.ReplaceAll(name, " ", "-")), asViewer, ann("1", "ann@id.acme.test"))
			b := w.browser()
			callback := answer(t, b.depart(t, w.Acme, o, federation.ToSignIn), "ann@id.acme.test")
			realm.Misbehave(tt.at, tt.fault)
			defer realm.Behave()
			r := b.arrive(t, callback)
			b.wantOut(t, "ann, while "+name, w.Acme, r, tt.status, "provider")
			if f := w.failed(t, w.Acme); f.Step != tt.step || f.Sentence == "" {
				t.Errorf("kept: %+v", f)
			}
		})
	}
	if w.person(t, w.Acme, "ann@id.acme.test") != nil {
		t.Error("a record was made")
	}
	w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Providers = nil })
	_, o := w.provider(t, w.Acme, "acme", asViewer, ann("1", "ann@id.acme.test"))
	t.Run("an algorithm that is not allowed", func(t *testing.T) {
		w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Providers[0].Algorithms = []string{"ES256"} })
		b := w.browser()
		b.wantOut(t, "ann, signed by RS256", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), 401, "does not hold")
		if f := w.failed(t, w.Acme); f.Step != "id token:alg" {
			t.Errorf("kept: %+v", f)
		}
	})
	t.Run("a client secret that is not right", func(t *testing.T) {
		wrong, err := federation.NewClientSecrets(w.Keys).SealClientSecret(w.Acme.ID, o.ID, "not it")
		must(t, err)
		w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Providers[0].Secret = wrong })
		b := w.browser()
		b.wantOut(t, "ann, by a wrong secret", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), 502, "cannot be used")
		if f := w.failed(t, w.Acme); f.Step != federation.StepCode || strings.Contains(f.Sentence, "not it") {
			t.Errorf("kept: %+v", f)
		}
	})
}

// Whatever dies half-way through the making of somebody new, the next sign-in or the job mends it.
func TestHalfAWelcomeIsMended(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", asViewer, ann("1", "ann@id.acme.test"))
	dir, err := w.Web.Identity().TenantManager.AuthForTenant(w.Acme.IdentityTenant)
	must(t, err)
	database := "projects/" + vendingtest.Project + "/databases/" + w.Acme.ID.String()
	away := w.Cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Resource: database, Code: codes.PermissionDenied,
	})
	b := w.browser()
	r := b.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test")
	away.Remove()
	b.wantOut(t, "ann, whose record cannot be written", w.Acme, r, 503, "try again")
	orphan, err := dir.GetUserByEmail(t.Context(), "ann@id.acme.test")
	must(t, err)
	b.wantOut(t, "ann, while it may still be written", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), 503, "try again")

	payload, err := json.Marshal(map[string]string{"user": orphan.UID})
	must(t, err)
	must(t, w.People.FinishAdd(t.Context(), w.Grant(t, w.Acme.Admin), payload))
	if _, err := dir.GetUser(t.Context(), orphan.UID); !firebaseauth.IsUserNotFound(err) {
		t.Errorf("the account without a record is there: %v", err)
	}
	b.wantIn(t, "ann, once it is mended", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), "ann@id.acme.test")

	t.Run("a link that Google lost comes back", func(t *testing.T) {
		u := w.person(t, w.Acme, "ann@id.acme.test")
		_, err := dir.UpdateUser(t.Context(), u.ID.String(), new(firebaseauth.UserToUpdate).ProvidersToDelete([]string{o.ID.AtGoogle()}))
		must(t, err)
		b := w.browser()
		b.wantIn(t, "ann", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), "ann@id.acme.test")
		account, err := dir.GetUserByProviderUID(t.Context(), o.ID.AtGoogle(), "1")
		if err != nil || account.UID != u.ID.String() {
			t.Errorf("linked: %v, %v", account, err)
		}
	})
}

func TestFailedSignInsAreForAdmins(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", nil, ann("1", "ann@id.acme.test"))
	w.browser().through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test")
	for what, p := range map[string]vendingtest.Person{"a viewer": w.Acme.Viewer, "an editor": w.Acme.Editor} {
		if page, err := w.Federation.FailedSignIns(t.Context(), w.Grant(t, p), federation.FailedCursor{}); !errors.Is(err, users.ErrForbidden) {
			t.Errorf("%s reads failed sign-ins: %v, %v", what, page.Items, err)
		}
	}
	if page, err := w.Federation.FailedSignIns(t.Context(), w.Grant(t, w.Globex.Admin), federation.FailedCursor{}); err != nil || len(page.Items) != 0 {
		t.Errorf("globex's admin reads %v, %v", page.Items, err)
	}
	if f := w.failed(t, w.Acme); f.Subject != "1" {
		t.Errorf("acme's admin reads %+v", f)
	}
	later := w.Process(t, func() time.Time { return time.Now().Add(federation.FailedLife + time.Minute) })
	if page, err := later.Federation.FailedSignIns(t.Context(), w.Grant(t, w.Acme.Admin), federation.FailedCursor{}); err != nil || len(page.Items) != 0 {
		t.Errorf("eight days later: %v, %v", page.Items, err)
	}
	if page, err := w.Federation.FailedSignIns(t.Context(), w.Grant(t, w.Acme.Admin), federation.FailedCursor{}); err != nil || len(page.Items) != 0 {
		t.Errorf("what was too old was not deleted: %v, %v", page.Items, err)
	}
}

// Google's console shows the provider, and nobody signs in at it there.
func TestMirror(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", nil)
	dir, err := w.Web.Identity().TenantManager.AuthForTenant(w.Acme.IdentityTenant)
	must(t, err)
	for range 2 {
		must(t, w.Google.Mirror(t.Context(), w.Acme.Tenant, o))
	}
	c, err := dir.OIDCProviderConfig(t.Context(), o.ID.AtGoogle())
	must(t, err)
	if c.Enabled || c.Issuer != o.Issuer || c.ClientID != o.ClientID || c.DisplayName != o.Name {
		t.Errorf("mirrored: %+v", c)
	}
	for range 2 {
		must(t, w.Google.Unmirror(t.Context(), w.Acme.Tenant, o.ID))
	}
	if _, err := dir.OIDCProviderConfig(t.Context(), o.ID.AtGoogle()); !firebaseauth.IsConfigurationNotFound(err) {
		t.Errorf("still there: %v", err)
	}
}

// What a session may not ask of an Authenticator, it does not get by asking.
func TestErrandsAreForWhoMay(t *testing.T) {
	w := newWorld(t)
	realm, o := w.provider(t, w.Acme, "acme", nil, ann("1", "ann@id.acme.test"))
	raw, err := realm.Mint(oidc.Minted{ID: true, User: "ann@id.acme.test", Client: "bulkhead", Claims: map[string]any{"nonce": "n"}})
	must(t, err)
	in := tenancy.Arrival{Provider: o.ID, IDToken: raw, Nonce: "n"}
	bearer := w.Principal(t, w.Acme.Admin)
	session := func(p vendingtest.Person) tenancy.Principal {
		s, err := w.Authenticator.Session(t.Context(), tenant.SelectID(p.Tenant.ID), w.Token(t, p))
		must(t, err)
		return s
	}
	for what, tt := range map[string]struct {
		errand tenancy.Errand
		by     tenancy.Principal
		in     tenancy.Arrival
	}{
		"nobody connects":                {tenancy.ConnectProvider, tenancy.Principal{}, in},
		"nobody tests":                   {tenancy.TestProvider, tenancy.Principal{}, in},
		"a viewer tests":                 {tenancy.TestProvider, session(w.Acme.Viewer), in},
		"globex's admin tests":           {tenancy.TestProvider, session(w.Globex.Admin), in},
		"globex's admin connects":        {tenancy.ConnectProvider, session(w.Globex.Admin), in},
		"a session signs in":             {tenancy.SignInAtProvider, session(w.Acme.Admin), in},
		"a bearer of the admin tests":    {tenancy.TestProvider, bearer, in},
		"a bearer of the admin signs in": {tenancy.SignInAtProvider, bearer, in},
		"an errand that is made up":      {"everything", tenancy.Principal{}, in},
		"groups, asked for":              {tenancy.SignInWithGroups, tenancy.Principal{}, in},
		"a note of failure, asked for":   {tenancy.FailedSignIn, tenancy.Principal{}, in},
		"another nonce":                  {tenancy.SignInAtProvider, tenancy.Principal{}, tenancy.Arrival{Provider: o.ID, IDToken: raw, Nonce: "m"}},
		"no nonce":                       {tenancy.SignInAtProvider, tenancy.Principal{}, tenancy.Arrival{Provider: o.ID, IDToken: raw}},
	} {
		if p, _, _, err := w.Authenticator.AtProvider(t.Context(), tenant.SelectID(w.Acme.ID), tt.errand, tt.by, tt.in); err == nil {
			t.Errorf("%s: %v", what, p)
		}
	}
	if p, _, _, err := w.Authenticator.AtProvider(t.Context(), tenant.SelectID(w.Globex.ID), tenancy.SignInAtProvider, tenancy.Principal{}, in); err == nil {
		t.Errorf("globex takes acme's token: %v", p)
	}
	p, _, _, err := w.Authenticator.AtProvider(t.Context(), tenant.SelectID(w.Acme.ID), tenancy.SignInAtProvider, tenancy.Principal{}, in)
	must(t, err)
	if p.Role() != 0 || p.May(tenant.PeopleRead) || p.Method() != tenancy.ByProvider {
		t.Errorf("whoever arrives: %v", p)
	}
	g, err := w.Machine.Vend(t.Context(), p)
	must(t, err)
	db := g.Database()
	for what, err := range map[string]error{
		"another identity": second(db.Collection("identities").Doc(strings.Repeat("a", 52)).Get(t.Context())),
		"all identities":   second(db.Collection("identities").Documents(t.Context()).GetAll()),
		"the audit":        second(db.Collection("audit").Documents(t.Context()).GetAll()),
		"the files":        second(db.Collection("uploads").Documents(t.Context()).GetAll()),
		"failed sign-ins":  second(db.Collection("signins").Documents(t.Context()).GetAll()),
		"a person":         second(db.Collection("users").Doc(w.Acme.Viewer.ID.String()).Set(t.Context(), map[string]any{"role": "admin"})),
	} {
		if err == nil {
			t.Errorf("whoever arrives from a provider touches %s", what)
		}
	}
	identities := w.Grant(t, w.Acme.Editor).Database().Collection("identities")
	if _, err := identities.Doc(strings.Repeat("a", 52)).Set(t.Context(), map[string]any{"user": w.Acme.Admin.ID.String()}); err == nil {
		t.Error("an editor makes an identity without an entry of the audit")
	}
	if _, err := users.NewRepository(g).AddArrived(t.Context(), users.User{Role: tenant.Admin}, nil); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("an admin made by whoever arrives: %v", err)
	}
	if _, err := users.NewRepository(g).ChangeRoleByGroups(t.Context(), w.Acme.Viewer.ID, tenant.Admin); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("groups that nobody mapped: %v", err)
	}
	if _, err := users.NewRepository(w.Grant(t, w.Acme.Admin)).ChangeRoleByGroups(t.Context(), w.Acme.Viewer.ID, tenant.Admin); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("an admin, by groups: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
