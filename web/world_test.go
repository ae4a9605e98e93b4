package web_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
)

// house is the whole front door on a local cloud with two tenants.
type house struct {
	*vendingtest.World
	handler  http.Handler
	identity *identity.Service
	sessions *identity.Sessions
	log      *bytes.Buffer
}

// TestHouse runs on one local cloud, for starting it is the dear part. Stories that change people add their own.
func TestHouse(t *testing.T) {
	h := open(t)
	for name, story := range map[string]func(*testing.T, *house){
		"signing in and out":             signingInAndOut,
		"refused at the door":            refusedAtTheDoor,
		"home":                           home,
		"sessions end":                   sessionsEnd,
		"a session of another workspace": sessionOfAnotherWorkspace,
		"a changed role":                 changedRole,
		"a disabled person":              disabledPerson,
		"every route, a foreign tenant":  foreignTenant,
		"every route, too low a role":    tooLowARole,
		"what does not select a tenant":  otherSelectors,
		"foreign and missing":            foreignAndMissing,
		"tokens":                         tokens,
		"operators":                      operators,
		"neighbours":                     neighbours,
		"ledger":                         ledgerPage,
		"bodies of the API":              apiBodies,
		"files of the API":               apiFiles,
		"people of the API":              apiPeople,
		"files on pages":                 filesOnPages,
		"people on pages":                peopleOnPages,
		"every route, an API key":        keysAtEveryRoute,
		"API keys of the API":            keysOfTheAPI,
		"API keys on pages":              keysOnPages,
		"no secret in the log":           noSecretInTheLog,
	} {
		t.Run(name, func(t *testing.T) { story(t, h) })
	}
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{World: vendingtest.TwoTenants(t), log: new(bytes.Buffer)}
	logger := slog.New(slog.NewJSONHandler(h.log, nil))
	var err error
	h.identity, err = identity.New(identity.Config{
		Platform: h.Web, APIKey: h.Cloud.APIKey(), Machine: h.Machine,
		Authenticator: h.Authenticator, Revocations: h.Revocations, Operators: h.Operators, Logger: logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	if err := insecurecleartextkeyset.Write(keys, keyset.NewJSONWriter(&plain)); err != nil {
		t.Fatal(err)
	}
	if h.sessions, err = identity.NewSessions(plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	h.handler = h.site(t, unlimited)
	return h
}

// site is the front door with these limits.
func (h *house) site(t *testing.T, limits web.Limits) http.Handler {
	t.Helper()
	handler, err := web.New(web.Deps{
		Registry: h.Registry, Authenticator: h.Authenticator, Operators: h.Operators, Machine: h.Machine, Ledger: h.Ledger,
		Identity: h.identity, Sessions: h.sessions, Logger: slog.New(slog.NewJSONHandler(h.log, nil)),
		PublicURL: vendingtest.Origin, StorageOrigin: h.Endpoints.Storage, MaxUpload: 1 << 20, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func (h *house) call(method, target, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	return call(h.handler, method, target, body, edits...)
}

// form submits fields as a browser does.
func (h *house) form(target string, fields url.Values, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	edits = append(edits, header("Content-Type", "application/x-www-form-urlencoded"), header("Sec-Fetch-Site", "same-origin"))
	return h.call("POST", target, fields.Encode(), edits...)
}

// signIn returns the session cookie of the person, signed in through the page.
func (h *house) signIn(t *testing.T, p vendingtest.Person) func(*http.Request) {
	t.Helper()
	w := h.form("/t/"+p.Tenant.Slug.String()+"/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}})
	cookies := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("signing %s in: %d, %d cookies: %s", p.Email, w.Code, len(cookies), w.Body)
	}
	return header("Cookie", cookies[0].Name+"="+cookies[0].Value)
}

// session returns the cookie of a session that was begun and last seen at these times.
func (h *house) session(t *testing.T, p vendingtest.Person, created, seen time.Time) func(*http.Request) {
	t.Helper()
	tokens, err := h.identity.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	return h.seal(t, p, identity.Session{Tokens: tokens, Created: created, Seen: seen})
}

func (h *house) seal(t *testing.T, p vendingtest.Person, s identity.Session) func(*http.Request) {
	t.Helper()
	sealed, err := h.sessions.Seal(p.Tenant.ID, s)
	if err != nil {
		t.Fatal(err)
	}
	return header("Cookie", "__Host-bh-"+p.Tenant.Slug.String()+"="+sealed)
}

// bearer returns what an API client of the person sends, selecting the tenant.
func (h *house) bearer(t *testing.T, p vendingtest.Person, tenant string) func(*http.Request) {
	t.Helper()
	tokens, err := h.identity.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+tokens.ID)
		r.Header.Set("X-TenantId", tenant)
		r.Header.Set("Content-Type", "application/json")
	}
}

// wantProblem checks a refusal to a program.
func wantProblem(t *testing.T, what string, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var p problemBody
	err := json.Unmarshal(w.Body.Bytes(), &p)
	if err != nil || w.Code != status || p.Code != code || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %d %s %s, want %d %s", what, w.Code, w.Header().Get("Content-Type"), w.Body, status, code)
	}
}

// wantPage checks an answer to a person.
func wantPage(t *testing.T, what string, w *httptest.ResponseRecorder, status int, contains string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), contains) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%s: %d %s, want %d and %q in %.1500s", what, w.Code, w.Header().Get("Content-Type"), status, contains, w.Body)
	}
}

// wantRedirect checks where an answer leads.
func wantRedirect(t *testing.T, what string, w *httptest.ResponseRecorder, location string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != location {
		t.Errorf("%s: %d to %q, want 303 to %q: %.400s", what, w.Code, w.Header().Get("Location"), location, w.Body)
	}
}

// read decodes an answer in JSON.
func read[T any](t *testing.T, w *httptest.ResponseRecorder, status int) (v T) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("%d, want %d: %s", w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}
