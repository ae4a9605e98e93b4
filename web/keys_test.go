package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// secretOf is the part of a key that nobody else may ever see.
func secretOf(held string) string { return held[strings.LastIndexByte(held, '_')+1:] }

// keyFor is the held key of the role, or one of its own for a route that ends it.
func keyFor(t *testing.T, h *webtest.House, r door.Route, role tenant.Role, held string) string {
	t.Helper()
	if r.Permission == tenant.KeyEnd {
		_, held = h.NewKey(t, h.Acme, role)
	}
	return held
}

// keysAtEveryRoute: a key goes as far as its scopes at the routes of the API, nowhere at those of
// another tenant, and is nothing at all to a page.
func keysAtEveryRoute(t *testing.T, h *webtest.House) {
	tried := 0
	for _, role := range []tenant.Role{tenant.Viewer, tenant.Editor} {
		_, held := h.NewKey(t, h.Acme, role)
		for _, r := range web.Routes() {
			what := r.Method + " " + r.Path + " with the key of " + role.String()
			switch r.Policy {
			case door.Session, door.Operators:
				door := map[door.Policy]string{door.Session: "/t/acme/sign-in", door.Operators: "/operator/sign-in"}[r.Policy]
				for name, edits := range map[string][]func(*http.Request){
					"as bearer": {webtest.WithKey(held, "acme"), webtest.Header("Content-Type")},
					"as cookie": {webtest.Header("Cookie", "__Host-bh-acme="+held+"; __Host-bho="+held)},
				} {
					w := h.Call(r.Method, address(r), "", edits...)
					if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), door) {
						t.Errorf("%s, %s: %d %s", what, name, w.Code, w.Header().Get("Location"))
					}
				}
			case door.API, door.APIKey:
				tried++
				w := h.Call(r.Method, address(r), "{}", webtest.WithKey(keyFor(t, h, r, role, held), "acme"))
				if !role.Scopes().May(r.Permission) {
					webtest.WantProblem(t, what, w, 403, "forbidden")
				} else if w.Code == 401 || w.Code == 403 || w.Code >= 500 {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
				var bodies []string
				for _, tenant := range []string{"globex", h.Globex.ID.String(), "nowhere", "tn-0000000000"} {
					w := h.Call(r.Method, address(r), "{}", webtest.WithKey(held, tenant))
					webtest.WantProblem(t, what+" for "+tenant, w, 403, "tenant_denied")
					bodies = append(bodies, withoutRequestID(w.Body.String()))
				}
				if len(slices.Compact(bodies)) != 1 {
					t.Errorf("%s tells tenants apart: %v", what, bodies)
				}
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d routes of the API tried", tried)
	}
	_, held := h.NewKey(t, h.Acme, tenant.Editor)
	webtest.WantProblem(t, "a key as a credential to exchange", h.Call("POST", "/api/v1/token", `{"idToken":"`+held+`"}`,
		webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json")), 401, "unauthenticated")
	if err := h.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	olga := h.SignInOperator(t, h.AddOperator(t, "olga-keys@bulkhead.test"))
	webtest.WantPage(t, "a key that reached across raises an alert", h.Call("GET", "/operator", "", olga), 200, "apikey-")
}

type keyAnswer struct{ ID, Name, Role, State, CreatedBy, Key, Note, Expires, Revoked string }

func keysOfTheAPI(t *testing.T, h *webtest.House) {
	admin := h.Bearer(t, h.Acme.Admin, "acme")
	made := h.Call("POST", "/api/v1/keys", `{"name":"nightly","role":"editor","expiresInDays":30}`, admin)
	key := webtest.Read[keyAnswer](t, made, 201)
	if made.Header().Get("Cache-Control") != "no-store" || key.State != "live" || key.CreatedBy != h.Acme.Admin.Email || key.Expires == "" ||
		!strings.HasPrefix(key.Key, "bhk_"+key.ID+"_") {
		t.Errorf("made: %v %+v", made.Header(), key)
	}
	forever := webtest.Read[keyAnswer](t, h.Call("POST", "/api/v1/keys", `{"name":"for ever","role":"viewer","neverExpires":true}`, admin), 201)
	if forever.Expires != "" {
		t.Errorf("a key without an end ends: %+v", forever)
	}
	once := webtest.Header("Idempotency-Key", "job 7")
	first := webtest.Read[keyAnswer](t, h.Call("POST", "/api/v1/keys", `{"name":"once","role":"viewer","expiresInDays":7}`, admin, once), 201)
	repeat := h.Call("POST", "/api/v1/keys", `{"name":"once","role":"viewer","expiresInDays":7}`, admin, once)
	if again := webtest.Read[keyAnswer](t, repeat, 201); again.ID != first.ID || again.Key != "" || again.Note == "" || repeat.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same attempt again: %v %+v, after %+v", repeat.Header(), again, first)
	}
	read := h.Call("GET", repeat.Header().Get("Location"), "", admin)
	if got := webtest.Read[keyAnswer](t, read, 200); got.ID != first.ID || got.Key != "" {
		t.Errorf("where it stands: %+v", got)
	}
	for name, tt := range map[string]struct {
		body   string
		as     func(*http.Request)
		status int
		code   string
	}{
		"an editor":     {`{"name":"x","role":"viewer","expiresInDays":7}`, h.Bearer(t, h.Acme.Editor, "acme"), 403, "forbidden"},
		"a key":         {`{"name":"x","role":"viewer","expiresInDays":7}`, webtest.WithKey(key.Key, "acme"), 403, "forbidden"},
		"an admin key":  {`{"name":"x","role":"admin","expiresInDays":7}`, admin, 422, "invalid"},
		"no role":       {`{"name":"x","expiresInDays":7}`, admin, 422, "invalid"},
		"no end":        {`{"name":"x","role":"viewer"}`, admin, 422, "invalid"},
		"two ends":      {`{"name":"x","role":"viewer","expiresInDays":7,"neverExpires":true}`, admin, 422, "invalid"},
		"both":          {`{"name":"x","role":"viewer","scopes":["files:read"],"expiresInDays":7}`, admin, 422, "invalid"},
		"no scopes":     {`{"name":"x","scopes":[],"expiresInDays":7}`, admin, 422, "invalid"},
		"a scope twice": {`{"name":"x","scopes":["files:read","files:read"],"expiresInDays":7}`, admin, 422, "invalid"},
		"a made-up one": {`{"name":"x","scopes":["keys:write"],"expiresInDays":7}`, admin, 422, "invalid"},
		"no name":       {`{"name":"","role":"viewer","expiresInDays":7}`, admin, 422, "invalid"},
		"a line break":  {`{"name":"a\nb","role":"viewer","expiresInDays":7}`, admin, 422, "invalid"},
		"too long":      {`{"name":"` + strings.Repeat("a", 81) + `","role":"viewer","expiresInDays":7}`, admin, 422, "invalid"},
		"no days":       {`{"name":"x","role":"viewer","expiresInDays":0}`, admin, 422, "invalid"},
		"too many days": {`{"name":"x","role":"viewer","expiresInDays":366}`, admin, 422, "invalid"},
		"a tenant":      {`{"name":"x","role":"viewer","expiresInDays":7,"tenant":"globex"}`, admin, 422, "invalid"},
	} {
		webtest.WantProblem(t, name, h.Call("POST", "/api/v1/keys", tt.body, tt.as), tt.status, tt.code)
	}

	uploads := h.Call("GET", "/api/v1/uploads", "", webtest.WithKey(key.Key, "acme"))
	if uploads.Code != 200 {
		t.Errorf("the key reads: %d %s", uploads.Code, uploads.Body)
	}
	file := h.Call("POST", "/api/v1/uploads", `{"name":"by-robot.txt","size":5}`, webtest.WithKey(key.Key, "acme"))
	if file.Code != 201 {
		t.Errorf("the key writes: %d %s", file.Code, file.Body)
	}
	webtest.WantProblem(t, "a viewer's key writes", h.Call("POST", "/api/v1/uploads", `{"name":"x","size":5}`, webtest.WithKey(forever.Key, "acme")), 403, "forbidden")

	globexs, _ := h.NewKey(t, h.Globex, tenant.Viewer)
	var refusals []string
	for _, id := range []string{globexs.ID.String(), "aaaaaaaaaaaaaaaa"} {
		w := h.Call("DELETE", "/api/v1/keys/"+id, "", admin)
		webtest.WantProblem(t, "revoking "+id, w, 404, "not_found")
		refusals = append(refusals, withoutRequestID(w.Body.String()))
	}
	if refusals[0] != refusals[1] {
		t.Errorf("foreign and missing keys are told apart: %v", refusals)
	}
	for range 2 { // the second changes nothing
		if w := h.Call("DELETE", "/api/v1/keys/"+key.ID, "", admin); w.Code != http.StatusNoContent {
			t.Errorf("revoking: %d %s", w.Code, w.Body)
		}
	}
	webtest.WantProblem(t, "the revoked key", h.Call("GET", "/api/v1/uploads", "", webtest.WithKey(key.Key, "acme")), 401, "unauthenticated")

	if err := h.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := h.Call("GET", "/api/v1/keys", "", admin)
	access := h.Call("GET", "/api/v1/access", "", admin)
	page := h.Call("GET", "/t/acme/access", "", h.SignIn(t, h.Acme.Admin))
	operators := h.Call("GET", "/operator/ledger?tenant=acme", "", h.SignInOperator(t, h.AddOperator(t, "olga-api@bulkhead.test")))
	webtest.WantPage(t, "the access page", page, 200, "API key: nightly")
	for _, want := range []string{`"user":"apikey-` + key.ID + `"`, `"method":"api-key"`} {
		if !strings.Contains(access.Body.String(), want) {
			t.Errorf("the ledger does not say %s: %s", want, access.Body)
		}
	}
	keys := webtest.Read[struct{ Keys []keyAnswer }](t, list, 200).Keys
	states := map[string]string{}
	for _, k := range keys {
		states[k.ID] = k.State
	}
	if states[key.ID] != "revoked" || states[forever.ID] != "live" || states[globexs.ID.String()] != "" {
		t.Errorf("the list: %+v", keys)
	}
	for name, text := range map[string]string{
		"the list": list.Body.String(), "the ledger": access.Body.String(), "the access page": page.Body.String(), "the operators' ledger": operators.Body.String(),
		"the log": h.Log.String(), "an answer": uploads.Body.String(), "the database": controlPlane(t, h), "the description": h.Call("GET", "/api/openapi.json", "").Body.String(),
	} {
		for _, k := range []string{key.Key, forever.Key} {
			if strings.Contains(text, secretOf(k)) {
				t.Errorf("%s holds a key's secret", name)
			}
		}
	}
}

// controlPlane is every document of the control plane, as text.
func controlPlane(t *testing.T, h *webtest.House) string {
	t.Helper()
	var all strings.Builder
	collections, err := h.Owner.Registry().Collections(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collections {
		docs, err := c.Documents(t.Context()).GetAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			for field, v := range doc.Data() {
				fmt.Fprintf(&all, "%s %s %v %q\n", doc.Ref.Path, field, v, fmt.Sprintf("%s", v))
			}
		}
	}
	if !strings.Contains(all.String(), "/apikeys/") {
		t.Fatal("no keys in the control plane: the test looks at the wrong place")
	}
	return all.String()
}

var madeKey = regexp.MustCompile(`id="made-key"[^>]*>(bhk_[a-z2-7]{16}_[a-z2-7]{39})</textarea>`)

var formWord = regexp.MustCompile(`name="once" value="([^"]+)"`)

// twoClicks: the same form sent twice makes one key, and says so. The page that says it has a form
// for another.
func twoClicks(t *testing.T, h *webtest.House, at string, admin func(*http.Request)) {
	t.Helper()
	wordOf := func(body string) string {
		found := formWord.FindStringSubmatch(body)
		if found == nil {
			t.Fatal("the form has no word of its own")
		}
		return found[1]
	}
	fields := url.Values{"name": {"clicked"}, "files": {"read"}, "days": {"30"}}
	word := wordOf(h.Call("GET", at, "", admin).Body.String())
	fields.Set("once", word)
	webtest.WantPage(t, "a click", h.Form(at, fields, admin), 201, "is made")
	again := h.Form(at, fields, admin)
	webtest.WantPage(t, "a second click", again, 409, "made already, and its secret is shown only once")
	if n := strings.Count(again.Body.String(), `data-testid="key-row"`); n != 1 {
		t.Errorf("two clicks made %d keys", n)
	}
	next := wordOf(again.Body.String())
	if next == word {
		t.Error("the page's new form is the old one")
	}
	fields.Set("once", next)
	webtest.WantPage(t, "on purpose", h.Form(at, fields, admin), 201, "is made")
}

func keysOnPages(t *testing.T, h *webtest.House) {
	of := h.Onboard(t, "keyless", tenant.US)
	admin, editor := h.SignIn(t, of.Admin), h.SignIn(t, of.Editor)
	at := "/t/keyless/keys"
	webtest.WantPage(t, "nothing yet", h.Call("GET", at, "", admin), 200, `data-testid="keys-empty"`)
	webtest.WantPage(t, "the way there", h.Call("GET", "/t/keyless/files", "", admin), 200, `href="`+at+`"`)
	if w := h.Call("GET", "/t/keyless/files", "", editor); strings.Contains(w.Body.String(), at) {
		t.Error("an editor is shown the way")
	}
	good := url.Values{"name": {"<b>nightly</b>"}, "files": {"read-write"}, "people": {"read"}, "days": {"90"}}
	webtest.WantPage(t, "an editor looks", h.Call("GET", at, "", editor), 403, "role")
	webtest.WantPage(t, "an editor makes", h.Form(at, good, editor), 403, "role")
	for name, tt := range map[string]struct {
		field, value string
	}{
		"no name": {"name", ""}, "a long name": {"name", strings.Repeat("a", 81)}, "a choice there is not": {"files", "admin"}, "nothing": {"files", "none"}, "no end": {"days", ""},
		"a thousand days": {"days", "1000"}, "less than none": {"days", "-1"}, "days in words": {"days", "ten"},
	} {
		fields := url.Values{"name": {"x"}, "files": {"read"}, "days": {"30"}}
		fields.Set(tt.field, tt.value)
		webtest.WantPage(t, name, h.Form(at, fields, admin), 422, `id="key-error"`)
	}
	twoClicks(t, h, at, admin)
	webtest.WantPage(t, "JSON", h.Call("POST", at, "{}", admin, webtest.Header("Content-Type", "text/plain")), 415, "form")

	made := h.Form(at, good, admin, webtest.Header("Accept-Encoding", "gzip"))
	found := madeKey.FindStringSubmatch(made.Body.String())
	if made.Code != http.StatusCreated || found == nil || made.Header().Get("Content-Encoding") != "" || made.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("making a key: %d %v %.2000s", made.Code, made.Header(), made.Body)
	}
	if strings.Contains(made.Body.String(), "<b>nightly") {
		t.Error("a name is not escaped")
	}
	held := found[1]
	id := strings.Split(held, "_")[1]
	if w := h.Call("GET", "/api/v1/uploads", "", webtest.WithKey(held, "keyless")); w.Code != 200 {
		t.Errorf("the key opens nothing: %d %s", w.Code, w.Body)
	}
	again := h.Call("GET", at, "", admin)
	webtest.WantPage(t, "the list", again, 200, "bhk_"+id)
	if strings.Contains(again.Body.String(), secretOf(held)) || madeKey.MatchString(again.Body.String()) {
		t.Error("the key is shown again")
	}
	revoke := at + "/" + id + "/revoke"
	webtest.WantPage(t, "asking first", h.Call("GET", revoke, "", admin), 200, "Revoke this key?")
	if w := h.Call("GET", "/api/v1/uploads", "", webtest.WithKey(held, "keyless")); w.Code != 200 {
		t.Errorf("asking has revoked it: %d", w.Code)
	}
	webtest.WantPage(t, "an editor revokes", h.Form(revoke, nil, editor), 403, "role")
	webtest.WantRedirect(t, "revoking", h.Form(revoke, nil, admin), at+"?notice=key-revoked")
	webtest.WantPage(t, "afterwards", h.Call("GET", at+"?notice=key-revoked", "", admin), 200, `data-state="revoked"`)
	webtest.WantProblem(t, "the revoked key", h.Call("GET", "/api/v1/uploads", "", webtest.WithKey(held, "keyless")), 401, "unauthenticated")

	for range tenancy.MaxAPIKeys - 2 { // twoClicks has left two
		h.NewKey(t, of, tenant.Viewer)
	}
	webtest.WantPage(t, "one too many", h.Form(at, good, admin), 409, "as many API keys as it may")
	webtest.WantProblem(t, "one too many, over the API", h.Call("POST", "/api/v1/keys", `{"name":"x","role":"viewer","expiresInDays":7}`, h.Bearer(t, of.Admin, "keyless")), 409, "too_many_api_keys")
}
