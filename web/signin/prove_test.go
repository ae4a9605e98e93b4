package signin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestProvingWhoOneIsAtAProvider: whose session began at a provider proves there who they are. The
// provider is asked to have them sign in anew, and must say when they did.
func TestProvingWhoOneIsAtAProvider(t *testing.T) {
	w := newWorld(t)
	admin := w.Acme.Admin
	old, timeless := ann("3", "old@id.acme.test"), ann("4", "timeless@id.acme.test")
	old.Claims = map[string]any{"auth_time": time.Now().Add(-5 * time.Minute).Unix()}
	timeless.Claims = map[string]any{"auth_time": nil}
	_, o := w.provider(t, w.Acme, "acme", nil, ann("1", "ann@id.acme.test"), ann("2", "eve@id.acme.test"), old, timeless)
	for _, who := range []string{"ann@id.acme.test", old.Email, timeless.Email} {
		w.connect(t, admin, o, who)
	}
	w.connect(t, w.Acme.Viewer, o, "eve@id.acme.test")
	b := w.browser()
	b.wantIn(t, "the admin", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), admin.Email)
	const cookie = "__Host-bh-acme"
	age := func(b *browser) { // as if they had signed in eleven minutes ago
		t.Helper()
		s, err := w.Sessions.Open(w.Acme.ID, b.cookies[cookie])
		must(t, err)
		s.Proved = s.Proved.Add(-11 * time.Minute)
		b.cookies[cookie], err = w.Sessions.Seal(w.Acme.ID, s)
		must(t, err)
	}
	key := url.Values{"name": {"Nightly backup"}, "files": {"read"}, "days": {"90"}}
	age(b)
	if r := b.form("/t/acme/keys", key); r.Code != 303 || r.Header().Get("Location") != "/t/acme/prove" {
		t.Fatalf("eleven minutes after: %d to %q", r.Code, r.Header().Get("Location"))
	}
	webtest.WantPage(t, "the question", b.get("/t/acme/prove"), 200, "Sign in again with ID of acme")
	if r := b.form("/t/acme/prove", url.Values{"password": {admin.Password}}); r.Code != 401 {
		t.Errorf("a password, of whose session began at a provider: %d", r.Code)
	}
	at := b.depart(t, w.Acme, o, federation.ToProve)
	if q := at.Query(); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("the provider is asked %v", q)
	}
	if r := b.arrive(t, answer(t, at, "ann@id.acme.test")); r.Code != 303 || r.Header().Get("Location") != "/t/acme/resume" {
		t.Fatalf("proven: %d to %q: %s", r.Code, r.Header().Get("Location"), r.Body)
	}
	webtest.WantPage(t, "what was typed", b.get("/t/acme/resume"), 200, "Nightly backup")
	if r := b.form("/t/acme/keys", key); r.Code != 201 {
		t.Errorf("sending it: %d %s", r.Code, r.Body)
	}

	// What proves nothing.
	for name, tt := range map[string]struct {
		who    string
		status int
		says   string
	}{
		"somebody else at the provider": {"eve@id.acme.test", 403, "begun by somebody else"},
		"a sign-in from before":         {"old@id.acme.test", 401, "does not hold"},
		"a provider that says no time":  {"timeless@id.acme.test", 401, "does not hold"},
	} {
		age(b)
		webtest.WantPage(t, name, b.through(t, w.Acme, o, federation.ToProve, tt.who), tt.status, tt.says)
		if r := b.form("/t/acme/keys", key); r.Code != 303 || !strings.HasPrefix(r.Header().Get("Location"), "/t/acme/prove") {
			t.Errorf("%s: the change is made: %d", name, r.Code)
		}
	}

	// Nobody proves it elsewhere than where their session began.
	_, second := w.provider(t, w.Acme, "second", nil, ann("1", "ann@id.second.test"))
	for who, b := range map[string]*browser{"whose session began elsewhere": b, "whose session began with a password": w.signedIn(t, admin)} {
		r := b.form("/t/acme/sign-in/provider/"+second.ID.String(), url.Values{"reason": {string(federation.ToProve)}})
		webtest.WantPage(t, who, r, 403, "begun by somebody else")
	}
}
