package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What people and programs get wrong on a page: the right status, one sentence, nothing lost.
func TestBadInputOnPages(t *testing.T) {
	acme := world.tenant("acme")
	editor := acme.user("editor")
	for _, story := range []struct {
		says   string
		ask    func() answer
		status int
		say    string // on the page
	}{
		{"an unknown workspace", func() answer { return get(t, "/?workspace=nowhere") }, http.StatusForbidden, "workspace"},
		{"an unknown workspace's sign-in page", func() answer { return get(t, "/t/nowhere/sign-in") }, http.StatusForbidden, "workspace"},
		{"a workspace's name that cannot be one", func() answer { return get(t, "/?workspace=%22%3E%3Cscript%3E") }, http.StatusUnprocessableEntity, "workspace"},
		{"a wrong password", func() answer {
			return form(t, "/t/acme/sign-in", url.Values{"email": {editor.Email}, "password": {"wrong"}})
		}, http.StatusUnauthorized, "password"},
		{"an unknown e-mail", func() answer {
			return form(t, "/t/acme/sign-in", url.Values{"email": {"nobody@acme.example"}, "password": {"wrong"}})
		}, http.StatusUnauthorized, "password"},
		{"globex's user at acme's door", func() answer {
			u := world.tenant("globex").user("editor")
			return form(t, "/t/acme/sign-in", url.Values{"email": {u.Email}, "password": {u.Password}})
		}, http.StatusUnauthorized, "password"},
		{"no password", func() answer { return form(t, "/t/acme/sign-in", url.Values{"email": {editor.Email}}) }, http.StatusUnprocessableEntity, "password"},
		{"a form of the wrong type", func() answer {
			return raw(t, "POST", "/t/acme/sign-in", `{"email":"x"}`, "Content-Type", "application/json")
		}, http.StatusUnsupportedMediaType, ""},
		{"a form from another site", func() answer {
			return raw(t, "POST", "/t/acme/sign-in", "email=x&password=y", "Content-Type", "application/x-www-form-urlencoded",
				"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
		}, http.StatusForbidden, ""},
		{"a page that is not there", func() answer { return get(t, "/nothing/here") }, http.StatusNotFound, ""},
		{"a cookie that was tampered with", func() answer {
			return get(t, "/t/acme/files", &http.Cookie{Name: "__Host-bh-acme", Value: "AAAA"})
		}, http.StatusSeeOther, ""},
		{"two cookies of one name", func() answer {
			c := browserSession(t, acme, "viewer")
			return get(t, "/t/acme/files", c, &http.Cookie{Name: c.Name, Value: "AAAA"})
		}, http.StatusUnauthorized, "sign in"},
	} {
		t.Run(story.says, func(t *testing.T) {
			a := story.ask()
			if a.status != story.status {
				t.Errorf("the answer is %d, want %d: %.400s", a.status, story.status, a.body)
			}
			if !strings.Contains(strings.ToLower(a.body), story.say) {
				t.Errorf("the page does not speak of %q: %.2000s", story.say, a.body)
			}
			if strings.Contains(a.body, "goroutine") || strings.Contains(a.body, "rpc error") {
				t.Errorf("the page shows our insides: %s", a.body)
			}
		})
	}
}

// A wrong password leaves the e-mail in the form, and its answer does not tell whether the account
// exists.
func TestWrongPasswordLosesNothing(t *testing.T) {
	known := form(t, "/t/acme/sign-in", url.Values{"email": {world.tenant("acme").user("viewer").Email}, "password": {"wrong"}})
	unknown := form(t, "/t/acme/sign-in", url.Values{"email": {"nobody@acme.example"}, "password": {"wrong"}})
	if !strings.Contains(known.body, world.tenant("acme").user("viewer").Email) {
		t.Error("the e-mail is gone from the form")
	}
	strip := func(a answer, email string) string {
		return strings.ReplaceAll(a.body, email, "")
	}
	if strip(known, world.tenant("acme").user("viewer").Email) != strip(unknown, "nobody@acme.example") {
		t.Error("a known and an unknown e-mail are told apart")
	}
}

// What API clients get wrong: problem+json with the right status and a request id.
func TestBadInputOnTheAPI(t *testing.T) {
	acme := world.tenant("acme")
	editor, viewer := world.as(t, acme, "editor"), world.as(t, acme, "viewer")
	bearer := func(c caller) []string {
		return []string{"Authorization", "Bearer " + c.token, "X-TenantId", c.tenant, "Content-Type", "application/json"}
	}
	good := `{"name":"a.txt","type":"text/plain","size":5}`

	for _, story := range []struct {
		says   string
		ask    func() answer
		status int
	}{
		{"nobody", func() answer { return anonymous(t).do("GET", "/api/v1/users", nil) }, http.StatusUnauthorized},
		{"a broken token", func() answer {
			return raw(t, "GET", "/api/v1/users", "", "X-TenantId", "acme", "Authorization", "Bearer "+editor.token+"x")
		}, http.StatusUnauthorized},
		{"no X-TenantId", func() answer {
			return raw(t, "GET", "/api/v1/users", "", "Authorization", "Bearer "+editor.token)
		}, http.StatusBadRequest},
		{"two X-TenantId", func() answer {
			return raw(t, "GET", "/api/v1/users", "", "Authorization", "Bearer "+editor.token, "X-TenantId", "acme", "X-TenantId", "globex")
		}, http.StatusBadRequest},
		{"a list of tenants", func() answer {
			return raw(t, "GET", "/api/v1/users", "", "Authorization", "Bearer "+editor.token, "X-TenantId", "acme, globex")
		}, http.StatusBadRequest},
		{"a tenant that cannot be one", func() answer {
			return raw(t, "GET", "/api/v1/users", "", "Authorization", "Bearer "+editor.token, "X-TenantId", "../globex")
		}, http.StatusBadRequest},
		{"malformed JSON", func() answer { return raw(t, "POST", "/api/v1/uploads", `{"name":`, bearer(editor)...) }, http.StatusBadRequest},
		{"a field that is not there", func() answer {
			return raw(t, "POST", "/api/v1/uploads", `{"name":"a","type":"text/plain","size":5,"tenant":"globex"}`, bearer(editor)...)
		}, http.StatusUnprocessableEntity},
		{"a file of no bytes", func() answer {
			return raw(t, "POST", "/api/v1/uploads", strings.Replace(good, "5", "0", 1), bearer(editor)...)
		}, http.StatusUnprocessableEntity},
		{"a file that is too large", func() answer {
			return raw(t, "POST", "/api/v1/uploads", strings.Replace(good, "5", "999999999999", 1), bearer(editor)...)
		}, http.StatusRequestEntityTooLarge},
		{"the wrong type of body", func() answer {
			return raw(t, "POST", "/api/v1/uploads", "name=a", append(bearer(editor)[:4:4], "Content-Type", "application/x-www-form-urlencoded")...)
		}, http.StatusUnsupportedMediaType},
		{"a body without end", func() answer {
			return raw(t, "POST", "/api/v1/uploads", `{"name":"`+strings.Repeat("a", 4<<20)+`"}`, bearer(editor)...)
		}, http.StatusRequestEntityTooLarge},
		{"a viewer who uploads", func() answer { return raw(t, "POST", "/api/v1/uploads", good, bearer(viewer)...) }, http.StatusForbidden},
		{"an id with a path in it", func() answer {
			return raw(t, "GET", "/api/v1/uploads/..%2Fusers", "", bearer(editor)...)
		}, http.StatusBadRequest},
		{"an unknown route", func() answer { return raw(t, "GET", "/api/v1/nothing", "", bearer(editor)...) }, http.StatusNotFound},
		{"a wrong password", func() answer {
			return raw(t, "POST", "/api/v1/token", `{"email":"nobody@acme.example","password":"wrong"}`, "X-TenantId", "acme", "Content-Type", "application/json")
		}, http.StatusUnauthorized},
	} {
		t.Run(story.says, func(t *testing.T) {
			a := story.ask()
			if a.status != story.status {
				t.Errorf("the answer is %d, want %d: %s", a.status, story.status, a.body)
			}
			if p := a.problem(t); p.RequestID == "" || p.Code == "" || p.Detail == "" {
				t.Errorf("the problem lacks a code, a sentence or a request id: %s", a.body)
			}
		})
	}
}

// A header that is too large is refused before anything reads it.
func TestOversizedHeader(t *testing.T) {
	a := raw(t, "GET", "/", "", "X-Large", strings.Repeat("a", 2<<20))
	if a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("the answer is %d, want 431", a.status)
	}
}

// raw sends exactly these headers, in pairs.
func raw(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(testContext(t), method, world.App+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return send(t, req)
}
