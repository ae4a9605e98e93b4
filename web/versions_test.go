package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// filesReplaced: a file has a next version, and its earlier ones are looked at, downloaded, made
// current again and deleted, on its page and over the API.
func filesReplaced(t *testing.T, h *webtest.House) {
	s := &stage{House: h, admin: h.Bearer(t, h.Acme.Editor, "acme")}
	viewing, theirs := h.Bearer(t, h.Acme.Viewer, "acme"), h.Bearer(t, h.Globex.Admin, "globex")
	cookie, viewer := h.SignIn(t, h.Acme.Editor), h.SignIn(t, h.Acme.Viewer)
	var first prepared
	stored(t, s, &first)
	const uploads = "/api/v1/uploads"
	intent := `{"name":"x","size":5,"type":"text/plain","replaces":"` + first.id + `"}`
	tag := h.Call("GET", uploads+"/"+first.id, "", s.admin).Header().Get("ETag")
	webtest.WantProblem(t, "on what was", h.Call("POST", uploads, intent, s.admin, webtest.Header("If-Match", `"7"`)), 412, "stale")
	webtest.WantProblem(t, "a viewer", h.Call("POST", uploads, intent, viewing), 403, "forbidden")
	webtest.WantProblem(t, "another tenant", h.Call("POST", uploads, intent, theirs), 404, "not_found")
	webtest.WantProblem(t, "no identifier", h.Call("POST", uploads, strings.Replace(intent, first.id, "x", 1), s.admin), 400, "malformed")
	asJSON := []func(*http.Request){webtest.Header("Content-Type", "application/json"), webtest.Header("Accept", "application/json"), cookie, webtest.Header("If-Match", `"7"`)}
	webtest.WantProblem(t, "on its page, on what was", h.Call("POST", "/t/acme/files", intent, asJSON...), 412, "stale")
	if w := h.Call("POST", uploads, intent, s.admin, webtest.Header("If-Match", tag)); w.Code != http.StatusCreated {
		t.Errorf("on what is: %d %s", w.Code, w.Body)
	}
	id := sentAs(t, s, intent)
	if w := h.Call("GET", uploads+"/"+first.id, "", viewing); w.Code != http.StatusOK {
		t.Errorf("while its next version is awaited: %d %s", w.Code, w.Body)
	}
	if w := h.Call("POST", uploads+"/"+id+"/complete", "", s.admin); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"version":2`) {
		t.Fatalf("the next version: %d %s", w.Code, w.Body)
	}
	page, old := "/t/acme/files/"+id, "/t/acme/files/versions/"+first.id
	webtest.WantProblem(t, "an earlier version is no file", h.Call("GET", uploads+"/"+first.id, "", viewing), 410, "replaced")
	webtest.WantProblem(t, "nor put into the bin", h.Call("DELETE", uploads+"/"+first.id, "", s.admin), 410, "replaced")
	webtest.WantRedirect(t, "its address leads to the file", h.Call("GET", "/t/acme/files/"+first.id, "", viewer), page)
	shown := h.Call("GET", page, "", cookie)
	webtest.WantPage(t, "the page", shown, 200, old+"/download")
	webtest.WantPage(t, "the page of an editor", shown, 200, old+"/restore")
	if w := h.Call("GET", page, "", viewer); w.Code != 200 || strings.Contains(w.Body.String(), "/restore") || !strings.Contains(w.Body.String(), old+"/download") {
		t.Errorf("the page of a viewer: %d %s", w.Code, w.Body)
	}
	w := h.Call("GET", old+"/download", "", viewer)
	if status, body := (signedRequest{Method: "GET", URL: w.Header().Get("Location")}).send(t, ""); w.Code != http.StatusSeeOther || status != 200 || body != "hello" {
		t.Errorf("downloaded: %d %d %q", w.Code, status, body)
	}
	list := webtest.Read[struct {
		Versions []struct {
			ID      string
			Version int
			Current bool
		}
	}](t, h.Call("GET", uploads+"/"+id+"/versions", "", viewing), 200)
	if v := list.Versions; len(v) != 2 || v[0].ID != id || !v[0].Current || v[1].ID != first.id || v[1].Version != 1 || v[1].Current {
		t.Errorf("%+v", list)
	}

	for what, w := range map[string]int{
		"a viewer makes it current": h.Form(old+"/restore", nil, viewer).Code, "a viewer deletes it": h.Form(old+"/delete", nil, viewer).Code,
		"a viewer's token makes it current": h.Call("POST", "/api/v1/versions/"+first.id+"/restore", "", viewing).Code,
		"a viewer's token deletes it":       h.Call("DELETE", "/api/v1/versions/"+first.id, "", viewing).Code,
	} {
		if w != http.StatusForbidden {
			t.Errorf("%s: %d", what, w)
		}
	}
	for _, op := range []string{"GET /download", "POST /restore", "DELETE "} {
		method, path, _ := strings.Cut(op, " ")
		webtest.WantProblem(t, "another tenant, "+op, h.Call(method, "/api/v1/versions/"+first.id+path, "", theirs), 404, "not_found")
	}

	webtest.WantRedirect(t, "made current", h.Form(old+"/restore", nil, cookie), "/t/acme/files/"+first.id+"?notice=version-current")
	webtest.WantRedirect(t, "the other is an earlier one", h.Call("GET", page, "", viewer), "/t/acme/files/"+first.id)
	second := "/t/acme/files/versions/" + id
	webtest.WantPage(t, "asking before it goes", h.Call("GET", second+"/delete", "", cookie), 200, "Version 2 of")
	webtest.WantRedirect(t, "deleted", h.Form(second+"/delete", nil, cookie), "/t/acme/files/"+first.id+"?notice=version-deleted")
	webtest.WantPage(t, "deleted twice", h.Form(second+"/delete", nil, cookie), 404, "")
	if w := h.Call("GET", "/t/acme/files/"+first.id, "", cookie); w.Code != 200 || strings.Contains(w.Body.String(), "Earlier versions") {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}
