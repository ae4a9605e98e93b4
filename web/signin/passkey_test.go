package signin_test

import (
	"net/url"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor/secondfactortest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// A passkey is an alternative to the app. Another person's, and one used at another origin, count
// for nothing.
func TestPasskeyStory(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Viewer
	add := func(p vendingtest.Person, name string) *secondfactortest.Authenticator {
		b := w.signedIn(t, p)
		page := b.get("/t/acme/second-factor/passkeys").Body.String()
		key := secondfactortest.New(t, vendingtest.Origin, "app.test")
		answer := key.Create(t, []byte(found(t, optionsIn, page)))
		r := b.form("/t/acme/second-factor/passkeys", url.Values{"passkey": {string(answer)}, "state": {found(t, stateIn, page)}, "name": {name}})
		if webtest.WantPage(t, "a passkey of "+p.Email, r, 201, "shown this once"); r.Code != 201 {
			t.FailNow()
		}
		webtest.WantPage(t, "its name", b.get("/t/acme/second-factor"), 200, name)
		return key
	}
	mine, theirs := add(who, "Laptop of Vera"), add(w.Acme.Editor, "Phone of Eli")
	b := w.password(t, who)
	answer := func(key *secondfactortest.Authenticator) url.Values {
		page := b.get(factorStep).Body.String()
		return url.Values{"passkey": {string(key.Get(t, []byte(found(t, optionsIn, page))))}, "state": {found(t, stateIn, page)}}
	}
	webtest.WantPage(t, "another person's", b.form(factorStep, answer(theirs)), 401, "not one of yours")
	elsewhere := *mine
	elsewhere.Origin = "http://acme.app.test"
	webtest.WantPage(t, "of another origin", b.form(factorStep, answer(&elsewhere)), 401, "not one of yours")
	spoiled := answer(mine)
	other := w.password(t, who)
	webtest.WantPage(t, "in another browser", other.form(factorStep, spoiled), 401, "not one of yours")
	b.wantShut(t, "so far")
	fields := answer(mine)
	b.wantIn(t, "the passkey", w.Acme, b.form(factorStep, fields), who.Email)
	if got := w.factorOf(t, b); got != "passkey" {
		t.Errorf("the session has proven %q", got)
	}
}

// factorOf is the second factor that the browser's session has proven.
func (w *world) factorOf(t *testing.T, b *browser) string {
	t.Helper()
	s, err := w.Sessions.Open(w.Acme.ID, b.cookies["__Host-bh-acme"])
	must(t, err)
	p, err := w.Authenticator.Session(t.Context(), tenant.SelectID(w.Acme.ID), s.ID)
	must(t, err)
	return p.Factor().String()
}
