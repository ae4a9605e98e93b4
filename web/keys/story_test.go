package keys_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

const (
	page = "/t/acme/keys"
	api  = "/api/v1/keys"
)

// made is a key as the API answers who makes it.
type made struct {
	ID, Key, Role, State, Expires, LastUsed, LastAddress, ReplacedBy string
	Scopes                                                           []string
	EndsSoon                                                         bool
}

func newKey(t *testing.T, h *webtest.House, admin func(*http.Request), more string) made {
	t.Helper()
	return webtest.Read[made](t, h.Call("POST", api, `{"name":"nightly",`+more+`}`, admin), 201)
}

func wantPage(t *testing.T, what string, w *httptest.ResponseRecorder, status int, says ...string) {
	t.Helper()
	for _, text := range says {
		webtest.WantPage(t, what, w, status, text)
	}
}

// listed is the key as the list has it.
func listed(t *testing.T, h *webtest.House, admin func(*http.Request), id string) made {
	t.Helper()
	for _, k := range webtest.Read[struct{ Keys []made }](t, h.Call("GET", api, "", admin), 200).Keys {
		if k.ID == id {
			return k
		}
	}
	t.Fatalf("the list lacks %s", id)
	return made{}
}

// TestScopes: what a key of each scope reaches over the API, and what refuses it.
func TestScopes(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	admin := h.Bearer(t, h.Acme.Admin, "acme")
	const announced = `{"name":"by-robot.txt","size":5}`
	stored := webtest.Read[struct{ ID string }](t, h.Call("POST", "/api/v1/uploads", announced, admin), 201).ID
	calls := map[string]struct{ method, path, body string }{
		"lists files":     {"GET", "/api/v1/uploads", ""},
		"reads a file":    {"GET", "/api/v1/uploads/" + stored, ""},
		"announces":       {"POST", "/api/v1/uploads", announced},
		"hands in":        {"POST", "/api/v1/intake", announced},
		"lists people":    {"GET", "/api/v1/users", ""},
		"reads a person":  {"GET", "/api/v1/users/" + h.Acme.Viewer.ID.String(), ""},
		"changes a role":  {"PATCH", "/api/v1/users/" + h.Acme.Viewer.ID.String(), `{"role":"admin"}`},
		"lists keys":      {"GET", api, ""},
		"makes a key":     {"POST", api, `{"name":"x","scopes":["files:read"],"expiresInDays":7}`},
		"reads the trail": {"GET", "/api/v1/access", ""},
		"lists sessions":  {"GET", "/api/v1/sessions", ""},
		"reads settings":  {"GET", "/api/v1/settings/authentication", ""},
	}
	for scopes, may := range map[string][]string{
		`"files:read"`:                 {"lists files", "reads a file"},
		`"files:write"`:                {"announces"},
		`"intake:write"`:               {"hands in"},
		`"people:read"`:                {"lists people", "reads a person"},
		`"files:read","intake:write"`:  {"lists files", "reads a file", "hands in"},
		`"files:write","intake:write"`: {"announces", "hands in"},
	} {
		key := newKey(t, h, admin, `"scopes":[`+scopes+`],"expiresInDays":7`)
		if got := `"` + strings.Join(key.Scopes, `","`) + `"`; got != scopes {
			t.Errorf("a key made with %s has %s", scopes, got)
		}
		for what, c := range calls {
			w := h.Call(c.method, c.path, c.body, webtest.WithKey(key.Key, "acme"))
			if allowed := strings.Contains(" "+strings.Join(may, " ; ")+" ", " "+what+" "); allowed != (w.Code < 300) {
				t.Errorf("a key with %s %s: %d %s", scopes, what, w.Code, w.Body)
			} else if !allowed {
				webtest.WantProblem(t, "a key with "+scopes+" "+what, w, 403, "forbidden")
			}
		}
	}
	for role, want := range map[string]string{"viewer": "files:read people:read", "editor": "files:read files:write intake:write people:read"} {
		key := newKey(t, h, admin, `"role":"`+role+`","expiresInDays":7`)
		if got := strings.Join(key.Scopes, " "); got != want || key.Role != role {
			t.Errorf("a key made as %s is %s with %q, want %q", role, key.Role, got, want)
		}
	}
	if err := h.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantPage(t, "the records name what a key was vended", h.Call("GET", "/t/acme/access", "", h.SignIn(t, h.Acme.Admin)), 200, "uploads append")
}

// TestIntakeTakesKeysAlone: whoever else comes to a route for keys is told that it takes no such
// credential, whatever they may do.
func TestIntakeTakesKeysAlone(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	const body = `{"name":"in.txt","size":5}`
	for who, p := range map[string]vendingtest.Person{"a viewer": h.Acme.Viewer, "an editor": h.Acme.Editor, "an admin": h.Acme.Admin} {
		webtest.WantProblem(t, who+" hands a file in", h.Call("POST", "/api/v1/intake", body, h.Bearer(t, p, "acme")), 403, "credential_refused")
		cookie := h.SignIn(t, p)
		w := h.Call("POST", "/api/v1/intake", body, cookie, webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json"))
		webtest.WantProblem(t, who+" hands a file in with a session", w, 401, "unauthenticated")
	}
	_, viewers := h.NewKey(t, h.Acme, tenant.Viewer)
	webtest.WantProblem(t, "a key that only reads hands a file in", h.Call("POST", "/api/v1/intake", body, webtest.WithKey(viewers, "acme")), 403, "forbidden")
	_, editors := h.NewKey(t, h.Acme, tenant.Editor)
	webtest.WantProblem(t, "acme's key hands a file in at globex", h.Call("POST", "/api/v1/intake", body, webtest.WithKey(editors, "globex")), 403, "tenant_denied")
	if w := h.Call("POST", "/api/v1/intake", body, webtest.WithKey(editors, "acme")); w.Code != 201 {
		t.Errorf("a key that writes hands a file in: %d %s", w.Code, w.Body)
	}
}

// TestAKeyEndsItself: whoever holds a key ends it, at its own workspace and once; nobody else does.
func TestAKeyEndsItself(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	for who, p := range map[string]vendingtest.Person{"a viewer": h.Acme.Viewer, "an editor": h.Acme.Editor, "an admin": h.Acme.Admin} {
		webtest.WantProblem(t, who+" ends the key that they are not", h.Call("DELETE", "/api/v1/own-key", "", h.Bearer(t, p, "acme")), 403, "credential_refused")
	}
	key, held := h.NewKey(t, h.Acme, tenant.Viewer)
	_, other := h.NewKey(t, h.Acme, tenant.Viewer)
	webtest.WantProblem(t, "acme's key ends at globex", h.Call("DELETE", "/api/v1/own-key", "", webtest.WithKey(held, "globex")), 403, "tenant_denied")
	if w := h.Call("DELETE", "/api/v1/own-key", "", webtest.WithKey(held, "acme")); w.Code != 204 {
		t.Fatalf("a key ends itself: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "it ends itself again", h.Call("DELETE", "/api/v1/own-key", "", webtest.WithKey(held, "acme")), 401, "unauthenticated")
	if w := h.Call("GET", "/api/v1/users", "", webtest.WithKey(other, "acme")); w.Code != 200 {
		t.Errorf("another key: %d %s", w.Code, w.Body)
	}
	if got := listed(t, h, h.Bearer(t, h.Acme.Admin, "acme"), key.ID.String()); got.State != "revoked" {
		t.Errorf("an admin sees the key that ended itself as %q", got.State)
	}
}

var secret = regexp.MustCompile(`id="made-key"[^>]*>(bhk_([a-z2-7]{16})_[a-z2-7]+)</textarea>`)

// TestRolling: an admin rolls a key on the page and over the API. The old one goes on as long as
// was chosen, and each refusal says what to do.
func TestRolling(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	admin, bearer := h.SignIn(t, h.Acme.Admin), h.Bearer(t, h.Acme.Admin, "acme")
	reads := func(key string) int { return h.Call("GET", "/api/v1/users", "", webtest.WithKey(key, "acme")).Code }

	old := newKey(t, h, bearer, `"scopes":["people:read"],"expiresInDays":90`)
	roll := page + "/" + old.ID + "/roll"
	wantPage(t, "the way there", h.Call("GET", page, "", admin), 200, `href="`+roll+`"`)
	wantPage(t, "asking first", h.Call("GET", roll, "", admin), 200, `data-testid="roll-confirm"`, `value="24h"`)
	for what, body := range map[string]string{"nothing": `{}`, "an hour and a half": `{"overlap":"90m"}`, "a number": `{"overlap":24}`} {
		webtest.WantProblem(t, "an admin rolls with an overlap of "+what, h.Call("POST", api+"/"+old.ID+"/roll", body, bearer), 422, "invalid")
	}
	wantPage(t, "an admin rolls without an overlap", h.Form(roll, nil, admin), 422, "Choose when the old key ends")
	if got := listed(t, h, bearer, old.ID); got.ReplacedBy != "" || got.Expires != old.Expires {
		t.Errorf("what was refused changed the key: %+v", got)
	}
	for who, as := range map[string]func(*http.Request){
		"an editor": h.Bearer(t, h.Acme.Editor, "acme"), "a viewer": h.Bearer(t, h.Acme.Viewer, "acme"), "the key itself": webtest.WithKey(old.Key, "acme"),
	} {
		webtest.WantProblem(t, who+" rolls", h.Call("POST", api+"/"+old.ID+"/roll", `{"overlap":"1h"}`, as), 403, "forbidden")
	}
	wantPage(t, "an editor rolls on the page", h.Form(roll, url.Values{"overlap": {"1h"}}, h.SignIn(t, h.Acme.Editor)), 403, "role")
	globexs, _ := h.NewKey(t, h.Globex, tenant.Viewer)
	for what, id := range map[string]string{"globex's key": globexs.ID.String(), "a missing key": strings.Repeat("a", 16)} {
		webtest.WantProblem(t, "acme's admin rolls "+what, h.Call("POST", api+"/"+id+"/roll", `{"overlap":"1h"}`, bearer), 404, "not_found")
		wantPage(t, "acme's admin asks to roll "+what, h.Call("GET", page+"/"+id+"/roll", "", admin), 404, "")
	}

	w := h.Form(roll, url.Values{"overlap": {"24h"}}, admin)
	wantPage(t, "rolling", w, 201, "The old key ends in a day.", "Another key has taken its place", `data-testid="key-soon"`)
	found := secret.FindStringSubmatch(w.Body.String())
	if found == nil || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("no key is shown: %s", w.Body)
	}
	next, id := found[1], found[2]
	if reads(old.Key) != 200 || reads(next) != 200 {
		t.Errorf("within the overlap: the old key %d, the new one %d", reads(old.Key), reads(next))
	}
	if got := listed(t, h, bearer, old.ID); got.ReplacedBy != id || !got.EndsSoon || got.State != "live" {
		t.Errorf("the old key: %+v", got)
	}
	if got := listed(t, h, bearer, id); got.ReplacedBy != "" || got.EndsSoon || strings.Join(got.Scopes, " ") != "people:read" || within(t, got.Expires) < 89*24*time.Hour {
		t.Errorf("the new key: %+v", got)
	}
	if again := h.Call("GET", page, "", admin).Body.String(); strings.Contains(again, next) || strings.Contains(again, roll) {
		t.Error("the page shows the key again, or offers to roll the old one again")
	}
	webtest.WantProblem(t, "an admin rolls a key twice", h.Call("POST", api+"/"+old.ID+"/roll", `{"overlap":"1h"}`, bearer), 409, "already_rolled")
	wantPage(t, "an admin asks to roll it twice", h.Call("GET", roll, "", admin), 409, "rolled already")

	answer := h.Call("POST", api+"/"+id+"/roll", `{"overlap":"now"}`, bearer)
	last := webtest.Read[made](t, answer, 201)
	if answer.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(last.Key, "bhk_"+last.ID+"_") {
		t.Errorf("rolled over the API: %v %+v", answer.Header(), last)
	}
	if reads(next) != 401 || reads(last.Key) != 200 {
		t.Errorf("rolled without an overlap: the old key %d, the new one %d", reads(next), reads(last.Key))
	}
	webtest.WantProblem(t, "an admin rolls a key that has expired", h.Call("POST", api+"/"+id+"/roll", `{"overlap":"1h"}`, bearer), 409, "key_ended")
	if w := h.Call("DELETE", api+"/"+last.ID, "", bearer); w.Code != 204 {
		t.Fatalf("revoking: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "an admin rolls a key that is revoked", h.Call("POST", api+"/"+last.ID+"/roll", `{"overlap":"1h"}`, bearer), 409, "key_ended")
	wantPage(t, "an admin asks to roll it", h.Call("GET", page+"/"+last.ID+"/roll", "", admin), 409, "Make a new key")
	if log := h.Log.String(); strings.Contains(log, strings.Split(next, "_")[2]) || strings.Contains(log, strings.Split(last.Key, "_")[2]) {
		t.Error("the log holds a key that was rolled")
	}
}

// within is how long it is until then.
func within(t *testing.T, at string) time.Duration {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		t.Fatal(err)
	}
	return time.Until(when)
}

// TestEndsAndUses: the page and the API say which keys end soon, and when and from where each was
// used last. A use that cannot be noted keeps nobody out.
func TestEndsAndUses(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	admin, bearer := h.SignIn(t, h.Acme.Admin), h.Bearer(t, h.Acme.Admin, "acme")
	for days, soon := range map[string]bool{"1": true, "7": true, "8": false, "365": false} {
		if key := newKey(t, h, bearer, `"scopes":["files:read"],"expiresInDays":`+days); key.EndsSoon != soon {
			t.Errorf("a key of %s days ends soon: %v", days, key.EndsSoon)
		}
	}
	wantPage(t, "the page marks them", h.Call("GET", page, "", admin), 200, "Ends in 7 days", "Ends within a day")
	if n := strings.Count(h.Call("GET", page, "", admin).Body.String(), `data-testid="key-soon"`); n != 2 {
		t.Errorf("%d keys are marked, want 2", n)
	}

	key := newKey(t, h, bearer, `"scopes":["people:read"],"neverExpires":true`)
	if key.LastUsed != "" || key.EndsSoon {
		t.Errorf("before its first use: %+v", key)
	}
	from := func(r *http.Request) { r.RemoteAddr = "192.0.2.44:1234" }
	if w := h.Call("GET", "/api/v1/users", "", webtest.WithKey(key.Key, "acme"), from); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	if got := listed(t, h, bearer, key.ID); got.LastUsed != today || got.LastAddress != "192.0.2.44" {
		t.Errorf("the use is said to be %s from %q", got.LastUsed, got.LastAddress)
	}
	wantPage(t, "the page says so", h.Call("GET", page, "", admin), 200, "192.0.2.44", `datetime="`+today+`"`)
	refused := newKey(t, h, bearer, `"scopes":["people:read"],"neverExpires":true`)
	webtest.WantProblem(t, "a key asks for files", h.Call("GET", "/api/v1/uploads", "", webtest.WithKey(refused.Key, "acme"), from), 403, "forbidden")
	if got := listed(t, h, bearer, refused.ID); got.LastUsed != "" {
		t.Errorf("a key that was refused counts as used: %+v", got)
	}

	control := fmt.Sprint(controlPlane(t, h))
	if strings.Contains(control, "192.0.2.44") {
		t.Error("the control plane holds an address")
	}
}

// controlPlane is what the control plane keeps of keys.
func controlPlane(t *testing.T, h *webtest.House) (all []map[string]any) {
	t.Helper()
	docs, err := h.Owner.Registry().Collection("apikeys").Documents(t.Context()).GetAll()
	if err != nil || len(docs) == 0 {
		t.Fatalf("%d keys, %v", len(docs), err)
	}
	for _, doc := range docs {
		all = append(all, doc.Data())
	}
	return all
}

// TestUsesThatCannotBeNoted: the tenant's database refuses the note, and the key goes on.
func TestUsesThatCannotBeNoted(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	bearer := h.Bearer(t, h.Acme.Admin, "acme")
	key := newKey(t, h, bearer, `"scopes":["people:read"],"expiresInDays":7`)
	refuse := h.Cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Resource: "projects/" + vendingtest.Project + "/databases/" + h.Acme.Database,
		Code: codes.PermissionDenied,
	})
	defer refuse.Remove()
	for range 2 {
		if w := h.Call("GET", "/api/v1/users", "", webtest.WithKey(key.Key, "acme")); w.Code != 200 {
			t.Errorf("a key whose use cannot be noted: %d %s", w.Code, w.Body)
		}
	}
	if refuse.Hits() != 1 {
		t.Errorf("%d notes were tried, want 1", refuse.Hits())
	}
	if !strings.Contains(h.Log.String(), "the use of an API key is not recorded") {
		t.Error("nobody is told that a use was not noted")
	}
}
