package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// filesBinned: a file goes to the bin and back, on pages and over the API, and is deleted for good.
func filesBinned(t *testing.T, h *webtest.House) {
	s := &stage{House: h, admin: h.Bearer(t, h.Acme.Editor, "acme")}
	viewing := h.Bearer(t, h.Acme.Viewer, "acme")
	cookie, second, viewer := h.SignIn(t, h.Acme.Editor), h.SignIn(t, h.Acme.Admin), h.SignIn(t, h.Acme.Viewer)
	htmx := webtest.Header("HX-Request", "true")
	const bin, files = "/t/acme/files/bin", "/t/acme/files"
	var file prepared
	stored(t, s, &file)
	page, api, inBin := files+"/"+file.id, "/api/v1/uploads/"+file.id, "/api/v1/binned-uploads/"+file.id
	tag := h.Call("GET", api, "", s.admin).Header().Get("ETag")

	webtest.WantPage(t, "the way there", h.Call("GET", files, "", viewer), 200, `href="`+bin+`"`)
	webtest.WantPage(t, "asking first", h.Call("GET", page+"/delete", "", cookie), 200, "Move this file to the bin?")
	w := h.Form(page+"/delete", nil, cookie, htmx)
	webtest.WantPage(t, "by a script", w, 200, `action="`+bin+"/"+file.id+`/restore"`)
	webtest.WantPage(t, "a second editor does it too", h.Form(page+"/delete", nil, second, htmx), 200, "report.txt is in the bin.")
	webtest.WantPage(t, "without scripts", h.Call("GET", files+"?notice=file-binned&undo="+file.id, "", cookie), 200, bin+"/"+file.id+"/restore")
	for what, query := range map[string]string{"another notice": "notice=file-deleted&undo=" + file.id, "no file": `notice=file-binned&undo="><b>`} {
		if w := h.Call("GET", files+"?"+query, "", cookie); w.Code != 200 || strings.Contains(w.Body.String(), "/restore") {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	if w := h.Call("GET", files+"?notice=file-binned&undo="+file.id, "", viewer); strings.Contains(w.Body.String(), "/restore") {
		t.Error("a viewer is offered to undo it")
	}
	if w := h.Call("GET", files, "", viewer); strings.Contains(w.Body.String(), file.id) {
		t.Error("the list of files has it")
	}

	list := h.Call("GET", bin, "", viewer)
	webtest.WantPage(t, "the bin", list, 200, "report.txt")
	webtest.WantPage(t, "who put it there", list, 200, h.Acme.Editor.Email)
	webtest.WantPage(t, "how long it stays", list, 200, "in 30 days")
	if strings.Contains(list.Body.String(), "/restore") || strings.Contains(list.Body.String(), "bin/delete") {
		t.Error("a viewer is offered to change the bin")
	}
	webtest.WantPage(t, "its page, for a viewer", h.Call("GET", page, "", viewer), 410, "can restore it")
	webtest.WantPage(t, "its page, for an editor", h.Call("GET", page, "", cookie), 410, bin+"/"+file.id+"/restore")
	webtest.WantPage(t, "its download", h.Call("GET", page+"/download", "", viewer), 410, "The file is in the bin.")
	webtest.WantPage(t, "its form", h.Call("GET", page+"/move", "", cookie), 410, "The file is in the bin.")
	webtest.WantPage(t, "a viewer restores", h.Form(bin+"/"+file.id+"/restore", nil, viewer), 403, "role")
	webtest.WantPage(t, "a viewer empties", h.Form(bin+"/delete", nil, viewer), 403, "role")
	theirs := h.SignIn(t, h.Globex.Admin)
	webtest.WantPage(t, "another tenant restores", h.Form("/t/globex/files/bin/"+file.id+"/restore", nil, theirs), 404, "")
	webtest.WantPage(t, "another tenant deletes", h.Form("/t/globex/files/bin/"+file.id+"/delete", nil, theirs), 404, "")
	webtest.WantPage(t, "another tenant looks", h.Call("GET", "/t/globex/files/"+file.id, "", theirs), 404, "")

	for _, op := range []struct{ method, path, body string }{
		{"GET", "", ""}, {"GET", "/download", ""}, {"PATCH", "", `{"name":"a"}`}, {"POST", "/complete", ""}, {"POST", "/inspection", ""}, {"GET", "/parts", ""},
	} {
		webtest.WantProblem(t, op.method+" "+op.path, h.Call(op.method, api+op.path, op.body, s.admin), 410, "in_bin")
	}
	if w := h.Call("DELETE", api, "", s.admin); w.Code != http.StatusNoContent {
		t.Errorf("put there once more: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "a viewer's token restores", h.Call("POST", inBin+"/restore", "", viewing), 403, "forbidden")
	webtest.WantProblem(t, "a viewer's token deletes", h.Call("DELETE", inBin, "", viewing), 403, "forbidden")
	webtest.WantProblem(t, "a viewer's token empties", h.Call("DELETE", "/api/v1/binned-uploads", "", viewing), 403, "forbidden")

	webtest.WantRedirect(t, "restored", h.Form(bin+"/"+file.id+"/restore", nil, second), page+"?notice=file-restored")
	webtest.WantRedirect(t, "restored twice", h.Form(bin+"/"+file.id+"/restore", nil, cookie), page+"?notice=file-restored")
	webtest.WantPage(t, "it is back", h.Call("GET", page, "", viewer), 200, "report.txt")
	webtest.WantProblem(t, "a change on what was", h.Call("PATCH", api, `{"name":"a.txt"}`, s.admin, webtest.Header("If-Match", tag)), 412, "stale")
	webtest.WantProblem(t, "deleted past the bin", h.Call("DELETE", inBin, "", s.admin), 409, "not_in_bin")
	webtest.WantPage(t, "asked of what is not there", h.Call("GET", bin+"/"+file.id+"/delete", "", cookie), 409, "not in the bin")

	h.Call("DELETE", api, "", s.admin)
	if w := h.Call("POST", inBin+"/restore", "", s.admin); w.Code != 200 || w.Header().Get("ETag") == tag {
		t.Errorf("restored over the API: %d %s %s", w.Code, w.Body, w.Header())
	}
	h.Call("DELETE", api, "", s.admin)
	webtest.WantPage(t, "asking before it goes", h.Call("GET", bin+"/"+file.id+"/delete", "", cookie), 200, "This cannot be undone.")
	webtest.WantRedirect(t, "deleted for good", h.Form(bin+"/"+file.id+"/delete", nil, cookie), bin+"?notice=file-deleted")
	webtest.WantProblem(t, "afterwards", h.Call("GET", api, "", s.admin), 404, "not_found")
	webtest.WantPage(t, "asking again", h.Call("GET", bin+"/"+file.id+"/delete", "", cookie), 404, "")
	webtest.WantPage(t, "restoring what is gone", h.Form(bin+"/"+file.id+"/restore", nil, cookie), 404, "")

	h.Call("DELETE", "/api/v1/binned-uploads", "", s.admin) // what other stories have left
	for range 2 {
		binned(t, s, new(prepared))
	}
	whole := webtest.Read[struct {
		Uploads []struct{ ID, Name, By string }
	}](t, h.Call("GET", "/api/v1/binned-uploads", "", viewing), 200)
	if len(whole.Uploads) != 2 || whole.Uploads[0].By != h.Acme.Editor.Email || whole.Uploads[0].Name != "report.txt" {
		t.Errorf("the bin over the API: %+v", whole)
	}
	webtest.WantPage(t, "asking before all goes", h.Call("GET", bin+"/delete", "", cookie), 200, "Empty the bin?")
	webtest.WantRedirect(t, "emptied", h.Form(bin+"/delete", nil, cookie), bin+"?notice=bin-emptied")
	webtest.WantPage(t, "an empty bin", h.Call("GET", bin, "", viewer), 200, "The bin is empty")
	webtest.WantProblem(t, "no cursor", h.Call("GET", "/api/v1/binned-uploads?cursor=x", "", viewing), 400, "bad_cursor")
	if w := h.Call("GET", bin+"?cursor=x", "", cookie); w.Code != 422 && w.Code != 400 {
		t.Errorf("a page with no cursor: %d", w.Code)
	}
}
