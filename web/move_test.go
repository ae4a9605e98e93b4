package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// filesMoved: a file is renamed and moved on its page and over the API, and found by its new name.
func filesMoved(t *testing.T, h *webtest.House) {
	s := &stage{House: h, admin: h.Bearer(t, h.Acme.Editor, "acme")}
	cookie, viewer := h.SignIn(t, h.Acme.Editor), h.SignIn(t, h.Acme.Viewer)
	var file prepared
	stored(t, s, &file)
	page, api := "/t/acme/files/"+file.id, "/api/v1/uploads/"+file.id

	webtest.WantPage(t, "the way there", h.Call("GET", page, "", cookie), 200, page+"/move")
	if w := h.Call("GET", page, "", viewer); strings.Contains(w.Body.String(), page+"/move") {
		t.Error("a viewer is offered to rename")
	}
	webtest.WantPage(t, "the form", h.Call("GET", page+"/move", "", cookie), 200, `value="report.txt"`)
	to := url.Values{"name": {"plan.txt"}, "folder": {"plans/2026"}, "revision": {"1"}}
	webtest.WantPage(t, "a viewer", h.Form(page+"/move", to, viewer), 403, "role")
	webtest.WantRedirect(t, "moved", h.Form(page+"/move", to, cookie), page+"?notice=file-moved")
	webtest.WantPage(t, "afterwards", h.Call("GET", page, "", cookie), 200, "plans/2026")
	webtest.WantPage(t, "found", h.Call("GET", "/t/acme/files?search=PL&sort=name", "", viewer), 200, "plan.txt")
	webtest.WantPage(t, "in its folder", h.Call("GET", "/t/acme/files?folder=plans%2F2026", "", viewer), 200, "plan.txt")
	webtest.WantPage(t, "in the folder above", h.Call("GET", "/t/acme/files?folder=plans", "", viewer), 200, "No files in this folder")
	webtest.WantPage(t, "another name", h.Call("GET", "/t/acme/files?search=lan", "", viewer), 200, "Nothing is called so")
	webtest.WantPage(t, "no word", h.Call("GET", "/t/acme/files?search=...", "", viewer), 422, "Search for letters or digits.")
	webtest.WantPage(t, "no order", h.Call("GET", "/t/acme/files?sort=luck", "", viewer), 422, "sorted by name or size")
	theirs := h.Call("GET", "/t/globex/files?search=plan", "", h.SignIn(t, h.Globex.Viewer))
	webtest.WantPage(t, "another tenant's search", theirs, 200, "Nothing is called so")
	webtest.WantPage(t, "on what was", h.Form(page+"/move", url.Values{"name": {"b.txt"}, "revision": {"1"}}, cookie), 412, `value="b.txt"`)
	webtest.WantPage(t, "no name", h.Form(page+"/move", url.Values{"name": {".."}}, cookie), 422, `aria-invalid="true"`)
	webtest.WantPage(t, "no revision", h.Form(page+"/move", url.Values{"name": {"a"}, "revision": {"x"}}, cookie), 422, "")

	tag := h.Call("GET", api, "", s.admin).Header().Get("ETag")
	if w := h.Call("PATCH", api, `{"folder":""}`, s.admin, webtest.Header("If-Match", tag)); w.Code != 200 || w.Header().Get("ETag") == tag {
		t.Errorf("moved: %d %s %s", w.Code, w.Body, w.Header())
	}
	webtest.WantProblem(t, "stale", h.Call("PATCH", api, `{"name":"c.txt"}`, s.admin, webtest.Header("If-Match", tag)), 412, "stale")
	webtest.WantProblem(t, "odd", h.Call("PATCH", api, `{"name":"c/d"}`, s.admin), 422, "invalid")
	webtest.WantProblem(t, "a viewer's token", h.Call("PATCH", api, `{"name":"c"}`, h.Bearer(t, h.Acme.Viewer, "acme")), 403, "forbidden")
}
