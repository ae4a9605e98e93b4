package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
	"github.com/google/go-cmp/cmp"
)

type tokenAnswer struct {
	IDToken, RefreshToken, TokenType string
	ExpiresIn                        int
}

func tokens(t *testing.T, h *webtest.House) {
	p := h.Acme.Editor
	ask := func(tenant, body string) func() tokenAnswer {
		return func() tokenAnswer {
			t.Helper()
			return webtest.Read[tokenAnswer](t, h.Call("POST", "/api/v1/token", body, webtest.Header("X-TenantId", tenant), webtest.Header("Content-Type", "application/json")), 200)
		}
	}
	password := `{"email":"` + p.Email + `","password":"` + p.Password + `"}`
	first := ask("acme", password)()
	for name, get := range map[string]func() tokenAnswer{
		"password":         func() tokenAnswer { return first },
		"by identifier":    ask(h.Acme.ID.String(), password),
		"said so":          ask("acme", strings.Replace(password, "{", `{"grantType":"password",`, 1)),
		"initial ID token": ask("acme", `{"idToken":"`+h.InitialToken(t, p)+`"}`),
		"refresh token":    ask("acme", `{"grantType":"refresh_token","refreshToken":"`+first.RefreshToken+`"}`),
	} {
		got := get()
		if got.TokenType != "Bearer" || got.ExpiresIn < 3000 || got.ExpiresIn > 3600 || got.RefreshToken == "" {
			t.Errorf("%s: %+v", name, got)
		}
		w := h.Call("GET", "/api/v1/uploads", "", webtest.Header("Authorization", "Bearer "+got.IDToken), webtest.Header("X-TenantId", "acme"))
		if w.Code != 200 {
			t.Errorf("%s gives a token that is refused: %s", name, w.Body)
		}
	}

	for name, tt := range map[string]struct {
		tenant, body string
		status       int
		code         string
	}{
		"wrong password":        {"acme", `{"email":"` + p.Email + `","password":"wrong"}`, 401, "bad_credentials"},
		"nobody":                {"acme", `{"email":"nobody@acme.test","password":"wrong"}`, 401, "bad_credentials"},
		"another tenant":        {"globex", password, 401, "bad_credentials"},
		"unknown tenant":        {"nowhere", password, 403, "tenant_denied"},
		"two credentials":       {"acme", strings.Replace(password, "{", `{"idToken":"x",`, 1), 422, "invalid"},
		"none":                  {"acme", `{}`, 422, "invalid"},
		"not what it says":      {"acme", strings.Replace(password, "{", `{"grantType":"id_token",`, 1), 422, "invalid"},
		"unknown kind":          {"acme", `{"grantType":"magic"}`, 422, "invalid"},
		"foreign refresh token": {"globex", `{"refreshToken":"` + first.RefreshToken + `"}`, 403, "tenant_denied"},
		"made-up refresh token": {"acme", `{"refreshToken":"x"}`, 401, "unauthenticated"},
		"an exchanged token":    {"acme", `{"idToken":"` + first.IDToken + `"}`, 401, "unauthenticated"},
	} {
		w := h.Call("POST", "/api/v1/token", tt.body, webtest.Header("X-TenantId", tt.tenant), webtest.Header("Content-Type", "application/json"))
		webtest.WantProblem(t, name, w, tt.status, tt.code)
	}
	w := h.Call("GET", "/api/v1/users", "", webtest.Header("Authorization", "Bearer "+h.InitialToken(t, p)), webtest.Header("X-TenantId", "acme"))
	webtest.WantProblem(t, "an initial token as bearer", w, 401, "unauthenticated")

	bearer := func(r *http.Request) {
		webtest.Header("Authorization", "Bearer "+first.IDToken)(r)
		webtest.Header("X-TenantId", "acme")(r)
	}
	if w := h.Call("DELETE", "/api/v1/token", "", bearer); w.Code != http.StatusNoContent {
		t.Errorf("ending the session: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "the token of an ended session", h.Call("GET", "/api/v1/users", "", bearer), 401, "unauthenticated")
	w = h.Call("POST", "/api/v1/token", `{"refreshToken":"`+first.RefreshToken+`"}`, webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json"))
	webtest.WantProblem(t, "the refresh token of an ended session", w, 401, "unauthenticated")
}

func apiBodies(t *testing.T, h *webtest.House) {
	bearer := h.Bearer(t, h.Acme.Editor, "acme")
	for name, tt := range map[string]struct {
		body   string
		edits  []func(*http.Request)
		status int
		code   string
	}{
		"malformed":         {`{"name":`, nil, 400, "malformed"},
		"empty":             {``, nil, 400, "malformed"},
		"a member twice":    {`{"name":"a","name":"b","size":1}`, nil, 400, "malformed"},
		"another case":      {`{"NAME":"a","size":1}`, nil, 422, "invalid"},
		"an unknown member": {`{"name":"a","size":1,"tenant":"globex"}`, nil, 422, "invalid"},
		"a missing member":  {`{"name":"a"}`, nil, 422, "invalid"},
		"a wrong type":      {`{"name":"a","size":"1"}`, nil, 422, "invalid"},
		"two values":        {`{"name":"a","size":1}{}`, nil, 400, "malformed"},
		"not acceptable":    {`{"name":"a/b","size":1}`, nil, 422, "invalid"},
		"too large a file":  {`{"name":"a","size":16777217}`, nil, 413, "file_too_large"},
		"a form":            {`name=a`, []func(*http.Request){webtest.Header("Content-Type", "application/x-www-form-urlencoded")}, 415, "unsupported_media_type"},
		"plain text":        {`{"name":"a","size":1}`, []func(*http.Request){webtest.Header("Content-Type", "text/plain")}, 415, "unsupported_media_type"},
		"no type":           {`{"name":"a","size":1}`, []func(*http.Request){webtest.Header("Content-Type")}, 415, "unsupported_media_type"},
		"too long":          {strings.Repeat(" ", 65<<10), nil, 413, "body_too_large"},
		"too long, unannounced": {strings.Repeat(" ", 65<<10),
			[]func(*http.Request){func(r *http.Request) { r.ContentLength = -1 }}, 413, "body_too_large"},
	} {
		w := h.Call("POST", "/api/v1/uploads", tt.body, append([]func(*http.Request){bearer}, tt.edits...)...)
		webtest.WantProblem(t, name, w, tt.status, tt.code)
	}

	w := h.Call("POST", "/api/v1/token", `{"email":"x","password":{"PASSWORD":1}}`, webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json"))
	if strings.Contains(w.Body.String(), "PASSWORD") || w.Code != 422 {
		t.Errorf("a refusal repeats what it refuses: %d %s", w.Code, w.Body)
	}
}

type signedRequest struct {
	Method, URL string
	Headers     map[string]string
}

func (r signedRequest) send(t *testing.T, content string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.Method, r.URL, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func apiFiles(t *testing.T, h *webtest.House) {
	editor, viewer := h.Bearer(t, h.Globex.Editor, "globex"), h.Bearer(t, h.Globex.Viewer, h.Globex.ID.String())
	type intent struct {
		ID     string
		Upload signedRequest
	}
	type upload struct {
		ID, Name, Type, State string
		Size                  int64
	}
	in := webtest.Read[intent](t, h.Call("POST", "/api/v1/uploads", `{"name":"a.txt","size":5,"type":"text/plain"}`, editor), 201)
	at := "/api/v1/uploads/" + in.ID
	webtest.WantProblem(t, "completing too early", h.Call("POST", at+"/complete", "", editor), 409, "not_uploaded")
	webtest.WantProblem(t, "downloading too early", h.Call("GET", at+"/download", "", viewer), 409, "not_uploaded")
	if status, body := in.Upload.send(t, "hello"); status != 200 {
		t.Fatalf("sending: %d %s", status, body)
	}
	got := webtest.Read[upload](t, h.Call("POST", at+"/complete", "{}", editor), 200)
	if want := (upload{in.ID, "a.txt", "text/plain", "stored", 5}); got != want {
		t.Errorf("completed: %+v", got)
	}
	if got := webtest.Read[upload](t, h.Call("GET", at, "", viewer), 200); got.State != "stored" {
		t.Errorf("read: %+v", got)
	}
	signed := webtest.Read[signedRequest](t, h.Call("GET", at+"/download", "", viewer), 200)
	if status, body := signed.send(t, ""); status != 200 || body != "hello" {
		t.Errorf("downloaded: %d %q", status, body)
	}
	left := webtest.Read[intent](t, h.Call("POST", "/api/v1/uploads", `{"name":"b.txt","size":5}`, editor), 201)
	if status, body := left.Upload.send(t, "hello"); status != 200 {
		t.Fatalf("sending: %d %s", status, body)
	}
	type list struct {
		Uploads []upload
		Next    string
	}
	part := webtest.Read[list](t, h.Call("GET", "/api/v1/uploads?limit=1", "", editor), 200)
	if len(part.Uploads) != 1 || part.Uploads[0].State != "stored" {
		t.Errorf("a file whose client never came back: %+v", part)
	}
	part = webtest.Read[list](t, h.Call("GET", "/api/v1/uploads?limit=1", "", viewer), 200)
	if len(part.Uploads) != 1 || part.Uploads[0].Name != "b.txt" || part.Next == "" {
		t.Errorf("first part: %+v", part)
	}
	part = webtest.Read[list](t, h.Call("GET", "/api/v1/uploads?limit=1&cursor="+part.Next, "", viewer), 200)
	if len(part.Uploads) != 1 || part.Uploads[0].Name != "a.txt" {
		t.Errorf("second part: %+v", part)
	}
	webtest.WantProblem(t, "no cursor", h.Call("GET", "/api/v1/uploads?cursor=!", "", viewer), 400, "bad_cursor")
	for _, query := range []string{"limit=0", "limit=201", "limit=x"} {
		webtest.WantProblem(t, query, h.Call("GET", "/api/v1/uploads?"+query, "", viewer), 422, "invalid")
	}
	if w := h.Call("DELETE", at, "", editor); w.Code != 204 {
		t.Errorf("deleting: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "in the bin", h.Call("GET", at, "", viewer), 410, "in_bin")
	if w := h.Call("DELETE", "/api/v1/binned-uploads/"+in.ID, "", editor); w.Code != 204 {
		t.Errorf("deleting it for good: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "afterwards", h.Call("GET", at, "", viewer), 404, "not_found")
}

func apiPeople(t *testing.T, h *webtest.House) {
	p := h.Add(t, h.Globex, "temp@globex.test", tenant.Viewer)
	admin := h.Bearer(t, h.Globex.Admin, "globex")
	type user struct{ ID, Email, Role, Status string }
	all := webtest.Read[struct{ Users []user }](t, h.Call("GET", "/api/v1/users", "", admin), 200).Users
	if len(all) != 4 || all[0].Role != "admin" || all[0].Status != "active" {
		t.Errorf("people: %+v", all)
	}
	at := "/api/v1/users/" + p.ID.String()
	if got := webtest.Read[user](t, h.Call("GET", at, "", admin), 200); got.Email != p.Email {
		t.Errorf("read: %+v", got)
	}
	if got := webtest.Read[user](t, h.Call("PATCH", at, `{"role":"editor"}`, admin), 200); got.Role != "editor" {
		t.Errorf("changed: %+v", got)
	}
	seen := h.Call("GET", at, "", admin).Header().Get("ETag")
	webtest.Read[user](t, h.Call("PATCH", at, `{"role":"viewer"}`, admin, webtest.Header("If-Match", seen)), 200)
	for _, old := range []string{seen, "W/" + seen, `"0"`} {
		webtest.WantProblem(t, "a change based on "+old, h.Call("PATCH", at, `{"role":"editor"}`, admin, webtest.Header("If-Match", old)), 412, "stale")
	}
	if got := webtest.Read[user](t, h.Call("PATCH", at, `{"role":"editor"}`, admin, webtest.Header("If-Match", "*")), 200); got.Role != "editor" {
		t.Errorf("changed, whatever it was: %+v", got)
	}
	off := webtest.Read[user](t, h.Call("PATCH", at, `{"status":"disabled"}`, admin), 200)
	if on := webtest.Read[user](t, h.Call("PATCH", at, `{"status":"active"}`, admin), 200); off.Status != "disabled" || on.Status != "active" || on.Role != "editor" {
		t.Errorf("disabled and enabled: %+v, %+v", off, on)
	}
	both := h.Call("PATCH", at, `{"role":"viewer","status":"active"}`, admin)
	if webtest.WantProblem(t, "both at once", both, 422, "invalid"); !strings.Contains(both.Body.String(), "one of the two") {
		t.Errorf("both at once: %s", both.Body)
	}
	for _, body := range []string{`{}`, `{"status":"gone"}`, `{"status":""}`} {
		webtest.WantProblem(t, "to change by "+body, h.Call("PATCH", at, body, admin), 422, "invalid")
	}
	webtest.WantProblem(t, "to disable the last admin", h.Call("PATCH", "/api/v1/users/"+h.Globex.Admin.ID.String(), `{"status":"disabled"}`, admin), 409, "last_admin")
	webtest.WantProblem(t, "an unknown role", h.Call("PATCH", at, `{"role":"owner"}`, admin), 422, "invalid")
	webtest.WantProblem(t, "the last admin", h.Call("PATCH", "/api/v1/users/"+h.Globex.Admin.ID.String(), `{"role":"viewer"}`, admin), 409, "last_admin")
}

// word matches what an operation can be called.
var word = regexp.MustCompile(`^[a-z]+([A-Z][a-z]*)+$`)

func TestOpenAPI(t *testing.T) {
	w := webtest.Call(newSite(t), "GET", "/api/openapi.json", "")
	doc := webtest.Read[struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			Responses   map[string]struct {
				Content map[string]json.RawMessage
			}
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}](t, w, 200)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	described, routed := []string{}, []string{}
	for path, methods := range doc.Paths {
		for method := range methods {
			described = append(described, strings.ToUpper(method)+" "+strings.NewReplacer("{", ":", "}", "").Replace(path))
		}
	}
	for _, r := range web.Routes() {
		if strings.HasPrefix(r.Path, "/api/v1/") {
			routed = append(routed, r.Method+" "+r.Path)
		}
	}
	slices.Sort(described)
	slices.Sort(routed)
	if diff := cmp.Diff(routed, described); diff != "" {
		t.Errorf("the table (-) and the description (+) differ:\n%s", diff)
	}
	anyones := []string{"post /api/v1/token", "post /api/v1/password-letters", "post /api/v1/passwords", "post /api/v1/addresses"}
	var names []string
	for path, methods := range doc.Paths {
		for method, op := range methods {
			names = append(names, op.OperationID)
			if secured := len(op.Security) > 0; secured == slices.Contains(anyones, method+" "+path) {
				t.Errorf("%s %s: security %v", method, path, op.Security)
			}
			if op.OperationID == "" || op.Responses["default"].Content["application/problem+json"] == nil {
				t.Errorf("%s %s: %+v", method, path, op)
			}
		}
	}
	slices.Sort(names)
	// Generated clients call these by name: one that was published stays.
	for _, published := range []string{
		"completeUpload", "createKey", "createToken", "createUpload", "deleteKey", "deleteToken", "deleteUpload",
		"downloadUpload", "listAccess", "listKeys", "listUploads", "listUsers", "readUpload", "readUser", "updateUser",
	} {
		if !slices.Contains(names, published) {
			t.Errorf("no operation is called %s any more, which clients call; there are %v", published, names)
		}
	}
	for i, name := range names {
		if !word.MatchString(name) || i > 0 && name == names[i-1] {
			t.Errorf("operation %q: want a verb and a thing, listUploads, and no two alike", name)
		}
	}
	if upload := string(doc.Components.Schemas["Upload"]); strings.Contains(upload, "int32") || !strings.Contains(upload, "4294967295") {
		t.Errorf("crc32c is unsigned: %s", upload)
	}
	if _, ok := doc.Components.Schemas["ErrorModel"]; ok || doc.Components.Schemas["Problem"] == nil {
		t.Error("refusals are described as what they are not")
	}
}
