package settings_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/settings"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

const (
	filesPage = "/t/acme/settings/files"
	filesAPI  = "/api/v1/settings/files"
)

// spoil makes the settings of acme's files such that nobody can read them.
func spoil(t *testing.T, h *webtest.House) {
	t.Helper()
	g := h.Grant(t, h.Acme.Admin)
	entry := audit.Entry{Action: "settings.files", Kind: "settings", ID: "files"}
	err := audit.Of(g).Change(t.Context(), entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		return tx.Set(g.Database().Collection("settings").Doc("files"), map[string]any{"maxSize": "many", "version": 7})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSettingsOfFiles: an admin sets what is demanded of files in a form that says what is wrong at
// its field, keeps what was typed, and takes nothing that is based on older settings.
func TestSettingsOfFiles(t *testing.T) {
	h := webtest.Open(t)
	admin := h.SignIn(t, h.Acme.Admin)
	form := func(version, size, types, inspected string) url.Values {
		return url.Values{"version": {version}, "max-bytes": {size}, "types": {types}, "only-inspected": {inspected}}
	}
	now := func() uploads.Settings {
		t.Helper()
		s, err := uploads.NewRepository(h.Grant(t, h.Acme.Viewer)).Settings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	webtest.WantPage(t, "at first", h.Call("GET", filesPage, "", admin), 200, `name="version" value="0"`)

	for what, tt := range map[string]struct {
		form   url.Values
		says   string // beside the field
		field  string // which is marked
		typed  string // and keeps this
		status int
	}{
		"a size that is no number":    {form("0", "much", "image/png", "yes"), "Choose 1 to", `id="max-bytes"`, ">image/png</textarea>", 422},
		"a size below none":           {form("0", "-1", "image/png", "yes"), "Choose 1 to", `id="max-bytes"`, ">image/png</textarea>", 422},
		"a size above the platform's": {form("0", "99999999999", "image/png", "yes"), "Choose 1 to", `id="max-bytes"`, ">image/png</textarea>", 422},
		"a type that browsers run": {form("0", "1000000", "image/png\ntext/html", "yes"), "No file is kept as &#34;text/html&#34;", `id="types"`,
			">image/png\ntext/html</textarea>", 422},
		"no type": {form("0", "1000000", "<b>", "yes"), "No file is kept as &#34;&lt;b&gt;&#34;", `id="types"`, ">&lt;b&gt;</textarea>", 422},
	} {
		w := h.Form(filesPage, tt.form, admin)
		webtest.WantPage(t, what, w, tt.status, tt.says)
		webtest.WantPage(t, what, w, tt.status, tt.typed)
		marked := regexp.MustCompile(`<[^>]*aria-invalid="true"[^>]*>`).FindAllString(w.Body.String(), -1)
		if len(marked) != 1 || !strings.Contains(marked[0], tt.field) {
			t.Errorf("%s: marked are %q", what, marked)
		}
		if !strings.Contains(w.Body.String(), `value="yes" checked`) {
			t.Errorf("%s: the tick is lost", what)
		}
	}
	if s := now(); s.Version != 0 {
		t.Errorf("something was set: %+v", s)
	}

	good := form("0", "1000000", " Image/PNG\r\ntext/plain, image/png", "")
	webtest.WantRedirect(t, "good values", h.Form(filesPage, good, admin), filesPage+"?notice=file-settings-saved")
	w := h.Call("GET", filesPage, "", admin)
	for _, shows := range []string{">image/png\ntext/plain</textarea>", `value="1000000" selected`, `name="version" value="1"`} {
		webtest.WantPage(t, "what is set", w, 200, shows)
	}
	again := h.Form(filesPage, form("0", "0", "", "yes"), admin)
	webtest.WantPage(t, "somebody was faster", again, 412, "Somebody else changed this")
	webtest.WantPage(t, "somebody was faster", again, 412, `name="version" value="1"`)
	if w := h.Form(filesPage, url.Values{"max-bytes": {"0"}}, admin); w.Code != 400 {
		t.Errorf("a form without its version: %d", w.Code)
	}
	if s := now(); s.Version != 1 || s.MaxSize != 1_000_000 || s.OnlyInspected {
		t.Errorf("in the end: %+v", s)
	}
	for who, as := range map[string]func(*http.Request){"an editor": h.SignIn(t, h.Acme.Editor), "a viewer": h.SignIn(t, h.Acme.Viewer)} {
		if w := h.Call("GET", filesPage, "", as); w.Code != 403 {
			t.Errorf("%s sees the settings: %d", who, w.Code)
		}
		if w := h.Form(filesPage, form("1", "0", "", ""), as); w.Code != 403 {
			t.Errorf("%s sets them: %d", who, w.Code)
		}
	}
}

// TestSettingsOfFilesOverTheAPI: a change says what it is based on, and says which value is wrong.
func TestSettingsOfFilesOverTheAPI(t *testing.T) {
	h := webtest.Open(t)
	bearer := h.Bearer(t, h.Acme.Admin, "acme")
	put := func(what, body, match string, status int, code string) {
		t.Helper()
		edits := []func(*http.Request){bearer}
		if match != "" {
			edits = append(edits, webtest.Header("If-Match", match))
		}
		w := h.Call("PUT", filesAPI, body, edits...)
		if code != "" {
			webtest.WantProblem(t, what, w, status, code)
			return
		}
		webtest.Read[settings.APIFiles](t, w, status)
	}
	const body = `{"maxBytes":5,"types":["text/plain"],"onlyInspected":true}`
	put("no If-Match", body, "", 428, "condition_required")
	for _, tag := range []string{`"7"`, `W/"0"`, "0", `"x"`} {
		put("If-Match: "+tag, body, tag, 412, "stale")
	}
	for _, bad := range []string{
		`{"maxBytes":-1,"types":[],"onlyInspected":false}`, `{"maxBytes":99999999999,"types":[],"onlyInspected":false}`,
		`{"maxBytes":0,"types":["text/html"],"onlyInspected":false}`, `{"maxBytes":0,"types":[]}`, `{"maxBytes":0,"types":[],"onlyInspected":false,"all":true}`,
	} {
		put(bad, bad, `"0"`, 422, "invalid")
	}
	put("good values", body, `"0"`, 200, "")
	put("the same change again", body, `"0"`, 412, "stale")
	w := h.Call("GET", filesAPI, "", bearer)
	got := webtest.Read[settings.APIFiles](t, w, 200)
	if w.Header().Get("ETag") != `"1"` || got.MaxBytes != 5 || strings.Join(got.Types, " ") != "text/plain" || !got.OnlyInspected || got.Changed == nil {
		t.Errorf("in the end: %s %+v", w.Header().Get("ETag"), got)
	}
	entries, err := h.Grant(t, h.Acme.Admin).Database().Collection("audit").Where("action", "==", "settings.files").Documents(t.Context()).GetAll()
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries of the audit, %v", len(entries), err)
	}
	if after, _ := entries[0].DataAt("after"); after != "most 5, types [text/plain], only inspected true" {
		t.Errorf("the audit says %q", after)
	}
}

// TestFormerAdminsSetNothing: the record decides, whatever a token says that is a moment old.
func TestFormerAdminsSetNothing(t *testing.T) {
	h := webtest.Open(t)
	bearer, session := h.Bearer(t, h.Acme.Admin, "acme"), h.SignIn(t, h.Acme.Admin)
	g := h.Grant(t, h.Acme.Admin)
	entry := audit.Entry{Action: "user.role", Kind: "user", ID: h.Acme.Admin.ID.String()}
	err := audit.Of(g).Change(t.Context(), entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		return tx.Update(g.Database().Collection("users").Doc(h.Acme.Admin.ID.String()), []firestore.Update{{Path: "role", Value: "editor"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	w := h.Call("PUT", filesAPI, `{"maxBytes":0,"types":[],"onlyInspected":false}`, bearer, webtest.Header("If-Match", "*"))
	webtest.WantProblem(t, "over the API", w, 403, "forbidden")
	if w := h.Form(filesPage, url.Values{"version": {"0"}, "max-bytes": {"0"}}, session); w.Code != 403 {
		t.Errorf("by the form: %d", w.Code)
	}
}

// TestUnreadableSettingsOfFiles: nothing is demanded by accident. What cannot be read is said, and
// an admin replaces it, by the page or over the API.
func TestUnreadableSettingsOfFiles(t *testing.T) {
	h := webtest.Open(t)
	bearer, admin := h.Bearer(t, h.Acme.Admin, "acme"), h.SignIn(t, h.Acme.Admin)
	spoil(t, h)
	webtest.WantProblem(t, "read over the API", h.Call("GET", filesAPI, "", bearer), 503, "unavailable")
	webtest.WantProblem(t, "announced", h.Call("POST", "/api/v1/uploads", `{"name":"a","size":1}`, bearer), 503, "unavailable")
	webtest.WantPage(t, "the page", h.Call("GET", filesPage, "", admin), 200, "The settings cannot be read")
	w := h.Form(filesPage, url.Values{"version": {"0"}, "max-bytes": {"0"}}, admin)
	webtest.WantRedirect(t, "set anew", w, filesPage+"?notice=file-settings-saved")
	webtest.Read[struct{ ID string }](t, h.Call("POST", "/api/v1/uploads", `{"name":"a","size":1}`, bearer), 201)

	spoil(t, h)
	w = h.Call("PUT", filesAPI, `{"maxBytes":0,"types":[],"onlyInspected":false}`, bearer, webtest.Header("If-Match", "*"))
	webtest.Read[settings.APIFiles](t, w, 200)
}
