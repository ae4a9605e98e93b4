package settings_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// client is an admin of acme's over the API.
type client struct {
	*story
	bearer func(*http.Request)
}

// change asks for a change of the settings as they are now.
func (c client) change(method, path, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	tag := c.Call("GET", "/api/v1/settings/authentication", "", c.bearer).Header().Get("ETag")
	return c.Call(method, "/api/v1"+path, body, append([]func(*http.Request){c.bearer, webtest.Header("If-Match", tag)}, edits...)...)
}

type settingsAnswer struct {
	Providers   []struct{ ID, Name, State, First string }
	Issuers     []struct{ ID, For string }
	Domains     []struct{ Name string }
	Enforcement struct{ State string }
}

// TestSettingsOverTheAPI: an admin's program does what their page does, based on what it has seen.
func TestSettingsOverTheAPI(t *testing.T) {
	s := open(t)
	c := client{s, s.Bearer(t, s.Acme.Admin, "acme")}
	const secret = "a-client-secret"
	provider := `{"issuer":"` + s.realm.Issuer() + `","name":"Acme ID","clientId":"bulkhead","clientSecret":"` + secret + `"}`

	webtest.WantProblem(t, "no If-Match", s.Call("POST", "/api/v1/providers", provider, c.bearer), 428, "condition_required")
	webtest.WantProblem(t, "an old If-Match", s.Call("POST", "/api/v1/providers", provider, c.bearer, webtest.Header("If-Match", `"99"`)), 412, "stale")
	webtest.WantProblem(t, "an editor", s.Call("POST", "/api/v1/providers", provider, s.Bearer(t, s.Acme.Editor, "acme"), webtest.Header("If-Match", "*")), 403, "forbidden")
	once := []func(*http.Request){c.bearer, webtest.Header("If-Match", "*"), webtest.Header("Idempotency-Key", "provider")}
	w := s.Call("POST", "/api/v1/providers", provider, once...)
	made := webtest.Read[struct{ ID, State string }](t, w, http.StatusCreated)
	at := w.Header().Get("Location")
	if made.State != "draft" || at != "/api/v1/providers/"+made.ID || strings.Contains(w.Body.String(), secret) {
		t.Errorf("added: %+v at %s: %s", made, at, w.Body)
	}
	if again := webtest.Read[struct{ ID string }](t, s.Call("POST", "/api/v1/providers", provider, once...), http.StatusCreated); again.ID != made.ID {
		t.Errorf("a repeat has made %s", again.ID)
	}
	webtest.Read[struct{ ID string }](t, s.Call("GET", at, "", c.bearer), http.StatusOK)
	path := strings.TrimPrefix(at, "/api/v1")
	webtest.WantProblem(t, "enabling a draft", c.change("POST", path+"/enable", ""), 409, "not_tested")
	s.set(t, func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Tested })
	changed := `{"name":"Acme sign-in","clientId":"bulkhead","first":"viewer","groupsClaim":"groups","groups":{"crew":"editor"}}`
	webtest.WantProblem(t, "a role that is none", c.change("PUT", path, strings.ReplaceAll(changed, "editor", "owner")), 422, "invalid")
	all := webtest.Read[settingsAnswer](t, c.change("PUT", path, changed), http.StatusOK)
	if len(all.Providers) != 1 || all.Providers[0].Name != "Acme sign-in" || all.Providers[0].First != "viewer" {
		t.Errorf("changed: %+v", all)
	}
	shown := webtest.Read[struct {
		GroupsClaim string
		Groups      map[string]string
	}](t, s.Call("GET", at, "", c.bearer), http.StatusOK)
	if shown.GroupsClaim != "groups" || len(shown.Groups) != 1 || shown.Groups["crew"] != "editor" {
		t.Errorf("its groups: %+v", shown)
	}
	if all = webtest.Read[settingsAnswer](t, c.change("POST", path+"/enable", ""), http.StatusOK); all.Providers[0].State != "enabled" {
		t.Errorf("enabled: %+v", all)
	}

	codes := webtest.Read[struct{ RecoveryCodes []string }](t, c.change("POST", "/enforcement", ""), http.StatusOK).RecoveryCodes
	if len(codes) != authpolicy.RecoveryCodes {
		t.Errorf("%d recovery codes", len(codes))
	}
	webtest.WantProblem(t, "requiring it twice", c.change("POST", "/enforcement", ""), 409, "already_required")
	if all = webtest.Read[settingsAnswer](t, c.change("DELETE", "/enforcement", ""), http.StatusOK); all.Enforcement.State != "off" {
		t.Errorf("lifted: %+v", all)
	}
	webtest.Read[settingsAnswer](t, c.change("POST", path+"/reread", ""), http.StatusOK)
	webtest.Read[settingsAnswer](t, c.change("POST", path+"/disable", ""), http.StatusOK)
	if all = webtest.Read[settingsAnswer](t, c.change("DELETE", path, ""), http.StatusOK); len(all.Providers) != 0 {
		t.Errorf("removed: %+v", all)
	}
	webtest.WantProblem(t, "one that is gone", s.Call("GET", at, "", c.bearer), 404, "not_found")

	w = c.change("POST", "/issuers", `{"name":"Builds","issuer":"`+s.realm.Issuer()+`","audience":"bulkhead","clients":["ci"],"for":"programs","scopes":{"files":"viewer"}}`)
	issuer := webtest.Read[struct{ ID, For string }](t, w, http.StatusCreated)
	if issuer.For != "programs" || w.Header().Get("Location") != "/api/v1/issuers/"+issuer.ID {
		t.Errorf("an issuer: %+v", issuer)
	}
	webtest.Read[struct{ ID string }](t, s.Call("GET", w.Header().Get("Location"), "", c.bearer), http.StatusOK)
	if all = webtest.Read[settingsAnswer](t, c.change("DELETE", "/issuers/"+issuer.ID, ""), http.StatusOK); len(all.Issuers) != 0 {
		t.Errorf("removed: %+v", all)
	}

	w = c.change("POST", "/domains", `{"name":"Acme.bulkhead.test"}`)
	domain := webtest.Read[struct {
		Name, Record, Value string
		Proven              bool
	}](t, w, http.StatusCreated)
	if domain.Name != "acme.bulkhead.test" || domain.Proven || domain.Record == "" || domain.Value == "" {
		t.Errorf("a domain: %+v", domain)
	}
	webtest.WantProblem(t, "without its record", s.Call("POST", "/api/v1/domains/acme.bulkhead.test/check", "", c.bearer), 409, "no_record")
	webtest.Read[struct{ Name string }](t, s.Call("GET", w.Header().Get("Location"), "", c.bearer), http.StatusOK)
	if all = webtest.Read[settingsAnswer](t, c.change("DELETE", "/domains/acme.bulkhead.test", ""), http.StatusOK); len(all.Domains) != 0 {
		t.Errorf("removed: %+v", all)
	}
	if strings.Contains(s.Log.String(), secret) {
		t.Error("the log holds the client secret")
	}
}
