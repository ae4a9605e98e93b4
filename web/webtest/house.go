// Package webtest starts the whole front door on a local cloud with two tenants, for stories that
// call its pages and its API as a browser and a program do. A feature's own stories start here,
// too.
package webtest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/identitytest"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// House is the whole front door on a local cloud with two tenants.
type House struct {
	*vendingtest.World
	identitytest.Services
	Handler  http.Handler
	Keys     *sealing.Keys // of the process
	Sessions *sessioncookie.Sealer
	Settings *authsettings.Service
	Log      *bytes.Buffer // what the front door has logged
}

// Unlimited is for tests that ask faster than people do.
var Unlimited = door.Limits{Rate: 1e6, InFlight: 1e6, SignIns: 1e6}

func Open(t *testing.T, options ...vendingtest.Option) *House {
	t.Helper()
	h := Around(t, vendingtest.TwoTenants(t, options...))
	h.openSettings(t)
	h.Handler = h.Site(t, Unlimited)
	return h
}

// Around is a house without a front door, around a world that stands: it signs people in.
func Around(t *testing.T, w *vendingtest.World) *House {
	t.Helper()
	h := &House{World: w, Log: new(bytes.Buffer), Keys: sealingtest.New(t)}
	h.Sessions = sessioncookie.New(h.Keys)
	h.Services = h.Process(t, nil)
	return h
}

// Process is the services of another process of the house, by its own clock; nil: time.Now.
func (h *House) Process(t *testing.T, now func() time.Time) identitytest.Services {
	t.Helper()
	return identitytest.Open(t, h.World, identitytest.Config{
		Keys: h.Keys, Outbound: h.Outbound, Origin: vendingtest.Origin, Logger: slog.New(slog.NewJSONHandler(h.Log, nil)), Now: now,
	})
}

// Site is the front door with these limits.
func (h *House) Site(t *testing.T, limits door.Limits) http.Handler {
	t.Helper()
	return h.site(t, limits, nil)
}

// SiteAt is the front door of a process whose clock is now.
func (h *House) SiteAt(t *testing.T, now func() time.Time) http.Handler {
	t.Helper()
	return h.site(t, Unlimited, now)
}

func (h *House) site(t *testing.T, limits door.Limits, now func() time.Time) http.Handler {
	t.Helper()
	handler, err := web.New(web.Deps{
		Registry: h.Registry, Authenticator: h.Authenticator, Operators: h.Operators, Machine: h.Machine,
		OwnLedger: h.OwnLedger, Desk: h.Desk,
		APIKeys: h.APIKeys, People: h.People, Factors: h.Factors, SignIn: h.Services.SignIn, OperatorSignIn: h.OperatorSignIn,
		SignOut: h.SignOut, Federation: h.Federation, Account: h.Account,
		Policies: h.Policies, Settings: h.Settings, Sessions: h.Sessions, Logger: slog.New(slog.NewJSONHandler(h.Log, nil)),
		PublicURL: vendingtest.Origin, StorageOrigin: h.Endpoints.Storage, MaxUpload: 16 << 20, Limits: limits, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func (h *House) Call(method, target, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	return Call(h.Handler, method, target, body, edits...)
}

// Form submits fields as a browser does.
func (h *House) Form(target string, fields url.Values, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	edits = append(edits, Header("Content-Type", "application/x-www-form-urlencoded"), Header("Sec-Fetch-Site", "same-origin"))
	return h.Call("POST", target, fields.Encode(), edits...)
}

// SignIn returns the session cookie of the person, signed in through the page.
func (h *House) SignIn(t *testing.T, p vendingtest.Person) func(*http.Request) {
	t.Helper()
	w := h.Form("/t/"+p.Tenant.Slug.String()+"/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}})
	cookies := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("signing %s in: %d, %d cookies: %s", p.Email, w.Code, len(cookies), w.Body)
	}
	return Header("Cookie", cookies[0].Name+"="+cookies[0].Value)
}

// Session returns the cookie of a session that was begun and last seen at these times.
func (h *House) Session(t *testing.T, p vendingtest.Person, created, seen time.Time) func(*http.Request) {
	t.Helper()
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	return h.Seal(t, p, sessioncookie.Session{Tokens: tokens, Created: created, Seen: seen, Proved: created})
}

func (h *House) Seal(t *testing.T, p vendingtest.Person, s sessioncookie.Session) func(*http.Request) {
	t.Helper()
	sealed, err := h.Sessions.Seal(p.Tenant.ID, s)
	if err != nil {
		t.Fatal(err)
	}
	return Header("Cookie", "__Host-bh-"+p.Tenant.Slug.String()+"="+sealed)
}

// Bearer returns what an API client of the person sends, selecting the tenant.
func (h *House) Bearer(t *testing.T, p vendingtest.Person, tenant string) func(*http.Request) {
	t.Helper()
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+tokens.ID)
		r.Header.Set("X-TenantId", tenant)
		r.Header.Set("Content-Type", "application/json")
	}
}

// WantProblem checks a refusal to a program.
func WantProblem(t *testing.T, what string, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var p ProblemBody
	err := json.Unmarshal(w.Body.Bytes(), &p)
	if err != nil || w.Code != status || p.Code != code || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %d %s %s, want %d %s", what, w.Code, w.Header().Get("Content-Type"), w.Body, status, code)
	}
}

// WantPage checks an answer to a person.
func WantPage(t *testing.T, what string, w *httptest.ResponseRecorder, status int, contains string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), contains) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%s: %d %s, want %d and %q in %.1500s", what, w.Code, w.Header().Get("Content-Type"), status, contains, w.Body)
	}
}

// WantRedirect checks where an answer leads.
func WantRedirect(t *testing.T, what string, w *httptest.ResponseRecorder, location string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != location {
		t.Errorf("%s: %d to %q, want 303 to %q: %.400s", what, w.Code, w.Header().Get("Location"), location, w.Body)
	}
}

// Read decodes an answer in JSON.
func Read[T any](t *testing.T, w *httptest.ResponseRecorder, status int) (v T) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("%d, want %d: %s", w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

// Call sends one request; edits change it first.
func Call(h http.Handler, method, target, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = strings.TrimPrefix(vendingtest.Origin, "http://")
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if observe := observer.Load(); observe != nil {
		(*observe)(r, w)
	}
	return w
}

var observer atomic.Pointer[func(*http.Request, *httptest.ResponseRecorder)]

// Observe has every answer of Call looked at by f, which may be called by several at once.
func Observe(f func(*http.Request, *httptest.ResponseRecorder)) { observer.Store(&f) }

func Header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

// ProblemBody is a refusal as programs read it.
type ProblemBody struct {
	Type, Title, Detail, Code, RequestID string
	Status                               int
}

// NewKey makes an API key of the tenant, and returns it with the key as its holder has it.
func (h *House) NewKey(t *testing.T, of vendingtest.Tenant, role tenant.Role) (apikeys.Key, string) {
	t.Helper()
	key, secret, err := h.APIKeys.Create(t.Context(), h.Grant(t, of.Admin), apikeys.NewKey{Name: "robot of " + of.Name, Role: role, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	return key, secret.Reveal()
}

// WithKey is what an API client with this key sends.
func WithKey(held, tenant string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+held)
		r.Header.Set("X-TenantId", tenant)
		r.Header.Set("Content-Type", "application/json")
	}
}

// operatorSecret is that of the app that each operator has.
const operatorSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// GiveApp gives the operator an app, none of whose codes was used.
func (h *House) GiveApp(t *testing.T, o vendingtest.Operator) {
	t.Helper()
	if err := h.Factors.GiveOperatorApp(t.Context(), o.ID, operatorSecret); err != nil {
		t.Fatal(err)
	}
}

// PasswordOfOperator gives the operator an app, and signs them in as far as the password goes.
func (h *House) PasswordOfOperator(t *testing.T, o vendingtest.Operator, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	h.GiveApp(t, o)
	return h.Form("/operator/sign-in", url.Values{"email": {o.Email}, "password": {o.Password}}, edits...)
}

// SignInOperator returns the operator's session cookie, signed in through the page.
func (h *House) SignInOperator(t *testing.T, o vendingtest.Operator) func(*http.Request) {
	t.Helper()
	w := h.PasswordOfOperator(t, o)
	pending := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(pending) != 1 {
		t.Fatalf("the password of %s: %d, %d cookies: %s", o.Email, w.Code, len(pending), w.Body)
	}
	return h.ProveOperator(t, pending)
}

// ProveOperator takes the second step of an operator's sign-in, and returns the session cookie.
// pending is what the first step had the browser keep.
func (h *House) ProveOperator(t *testing.T, pending []*http.Cookie) func(*http.Request) {
	t.Helper()
	code, err := secondfactor.Code(operatorSecret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := h.Form("/operator/sign-in/second-factor", url.Values{"code": {code}}, Header("Cookie", pending[0].Name+"="+pending[0].Value))
	var cookies []*http.Cookie
	for _, c := range w.Result().Cookies() {
		if c.MaxAge > 0 {
			cookies = append(cookies, c)
		}
	}
	if w.Code != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("the second factor of an operator: %d, %d cookies: %s", w.Code, len(cookies), w.Body)
	}
	return Header("Cookie", cookies[0].Name+"="+cookies[0].Value)
}
