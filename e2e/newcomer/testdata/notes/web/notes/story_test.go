package notes_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestNotes(t *testing.T) {
	h := webtest.Open(t)
	type note struct {
		ID, Text string
		Words    int
	}
	type list struct {
		Notes []note
		Next  string
	}
	editor, viewer := h.Bearer(t, h.Acme.Editor, "acme"), h.Bearer(t, h.Acme.Viewer, "acme")
	cookie := h.SignIn(t, h.Acme.Editor)

	made := webtest.Read[note](t, h.Call("POST", "/api/v1/notes", `{"text":"first"}`, editor), 201)
	webtest.WantProblem(t, "an empty note", h.Call("POST", "/api/v1/notes", `{"text":" "}`, editor), 422, "invalid")
	webtest.WantProblem(t, "a viewer writes", h.Call("POST", "/api/v1/notes", `{"text":"x"}`, viewer), 403, "forbidden")
	webtest.WantRedirect(t, "the form", h.Form("/t/acme/notes", url.Values{"text": {"second"}}, cookie), "/t/acme/notes")
	webtest.WantPage(t, "the page", h.Call("GET", "/t/acme/notes", "", cookie), 200, "second")

	all := webtest.Read[list](t, h.Call("GET", "/api/v1/notes", "", viewer), 200).Notes
	if len(all) != 2 || all[1] != made || all[0].Text != "second" {
		t.Fatalf("%+v", all)
	}
	if done := apptest.Start(t, h.World).Tick(t); done != 2 {
		t.Errorf("%d jobs were done", done)
	}
	made.Words = 1
	first := webtest.Read[list](t, h.Call("GET", "/api/v1/notes?limit=1", "", viewer), 200)
	rest := webtest.Read[list](t, h.Call("GET", "/api/v1/notes?cursor="+url.QueryEscape(first.Next), "", viewer), 200)
	if len(first.Notes) != 1 || len(rest.Notes) != 1 || rest.Notes[0] != made || rest.Next != "" {
		t.Errorf("in parts: %+v, %+v", first, rest)
	}
	theirs := h.Call("GET", "/api/v1/notes", "", h.Bearer(t, h.Globex.Viewer, "globex"))
	if got := webtest.Read[list](t, theirs, 200).Notes; len(got) != 0 || strings.Contains(theirs.Body.String(), "first") {
		t.Errorf("globex reads %+v", got)
	}
	webtest.WantRedirect(t, "deleting", h.Form("/t/acme/notes/"+all[0].ID+"/delete", nil, cookie),
		"/t/acme/notes?notice=note-deleted")
	if w := h.Call("DELETE", "/api/v1/notes/"+made.ID, "", editor); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "again", h.Call("DELETE", "/api/v1/notes/"+made.ID, "", editor), 404, "not_found")
}
