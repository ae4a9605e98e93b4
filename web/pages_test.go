package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func filesOnPages(t *testing.T, h *webtest.House) {
	p := h.Acme.Editor
	cookie, viewer := h.SignIn(t, p), h.SignIn(t, h.Acme.Viewer)
	asJSON, htmx := webtest.Header("Content-Type", "application/json"), webtest.Header("HX-Request", "true")
	type intent struct {
		ID     string
		Upload signedRequest
	}
	in := webtest.Read[intent](t, h.Call("POST", "/t/acme/files", `{"name":"plan.pdf","size":5,"type":"application/pdf"}`, cookie, asJSON), 201)
	at := "/t/acme/files/" + in.ID
	if status, body := in.Upload.send(t, "hello"); status != 200 {
		t.Fatalf("sending: %d %s", status, body)
	}
	if w := h.Call("POST", at+"/complete", "{}", cookie, asJSON); w.Code/100 != 2 {
		t.Errorf("completing: %d %s", w.Code, w.Body)
	}
	page := h.Call("GET", "/t/acme/files", "", cookie)
	webtest.WantPage(t, "the page", page, 200, "<html")
	webtest.WantPage(t, "the file", page, 200, in.ID)
	fragment := h.Call("GET", "/t/acme/files", "", cookie, htmx)
	webtest.WantPage(t, "the fragment", fragment, 200, in.ID)
	if strings.Contains(fragment.Body.String(), "<html") || !slices.Contains(fragment.Header().Values("Vary"), "HX-Request") {
		t.Errorf("the fragment is a page, or may be taken for it: %s", fragment.Header())
	}
	webtest.WantPage(t, "from history", h.Call("GET", "/t/acme/files", "", cookie, htmx, webtest.Header("HX-History-Restore-Request", "true")), 200, "<html")

	w := h.Call("GET", at+"/download", "", viewer)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("downloading: %d %s", w.Code, w.Body)
	}
	if status, body := (signedRequest{Method: "GET", URL: w.Header().Get("Location")}).send(t, ""); status != 200 || body != "hello" {
		t.Errorf("downloaded: %d %q", status, body)
	}

	webtest.WantPage(t, "asking first", h.Call("GET", at+"/delete", "", cookie), 200, "plan.pdf")
	webtest.WantPage(t, "a viewer deletes", h.Form(at+"/delete", nil, viewer), 403, "role")
	webtest.WantRedirect(t, "deleting", h.Form(at+"/delete", nil, cookie), "/t/acme/files?notice=file-binned&undo="+in.ID)
	webtest.WantPage(t, "afterwards", h.Call("GET", "/t/acme/files?notice=file-binned", "", cookie), 200, "The file is in the bin.")
	webtest.WantPage(t, "downloading what is in the bin", h.Call("GET", at+"/download", "", cookie), 410, "in the bin")
	bin := "/t/acme/files/bin/" + in.ID
	webtest.WantPage(t, "asking before it goes", h.Call("GET", bin+"/delete", "", cookie), 200, "plan.pdf")
	webtest.WantPage(t, "a viewer deletes it for good", h.Form(bin+"/delete", nil, viewer), 403, "role")
	webtest.WantRedirect(t, "deleting it for good", h.Form(bin+"/delete", nil, cookie), "/t/acme/files/bin?notice=file-deleted")
	webtest.WantPage(t, "downloading what is gone", h.Call("GET", at+"/download", "", cookie), 404, "nothing at this address")
	webtest.WantProblem(t, "a script deletes what is gone", h.Form(at+"/delete", nil, cookie, htmx), 404, "not_found")

	other := webtest.Read[intent](t, h.Call("POST", "/t/acme/files", `{"name":"b.txt","size":5,"type":""}`, cookie, asJSON), 201)
	w = h.Form("/t/acme/files/"+other.ID+"/delete", nil, cookie, htmx)
	if w.Code != 200 || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a script deletes: %d %s", w.Code, w.Body)
	}
	for name, tt := range map[string]struct {
		body, contentType string
		status            int
		code              string
	}{
		"a form":           {"name=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"},
		"malformed":        {"{", "application/json", 400, "malformed"},
		"a member twice":   {`{"name":"a","name":"b","size":1,"type":""}`, "application/json", 400, "malformed"},
		"an unknown one":   {`{"name":"a","size":1,"tenant":"globex"}`, "application/json", 400, "malformed"},
		"an empty file":    {`{"name":"a","size":0,"type":""}`, "application/json", 422, "invalid"},
		"too large a file": {`{"name":"a","size":16777217,"type":""}`, "application/json", 413, "file_too_large"},
		"too long a body":  {strings.Repeat(" ", 65<<10), "application/json", 413, "body_too_large"},
	} {
		w := h.Call("POST", "/t/acme/files", tt.body, cookie, webtest.Header("Content-Type", tt.contentType), webtest.Header("Accept", "application/json"))
		webtest.WantProblem(t, name, w, tt.status, tt.code)
	}
	for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded"} {
		target := map[string]string{"application/json": "/t/acme/files", "application/x-www-form-urlencoded": "/t/acme/sign-in"}[contentType]
		w := h.Call("POST", target, strings.Repeat("a", 65<<10), cookie, webtest.Header("Content-Type", contentType), webtest.Header("Accept", "application/json"),
			func(r *http.Request) { r.ContentLength = -1 })
		webtest.WantProblem(t, "too long a body, unannounced, to "+target, w, 413, "body_too_large")
	}
	if w := h.Call("GET", "/t/acme/files?cursor=!", "", cookie); w.Code != 422 {
		t.Errorf("a made-up cursor: %d", w.Code)
	}
	if w := h.Call("GET", "/t/acme/files?notice=%3Cscript%3E", "", cookie); strings.Contains(w.Body.String(), "script%3E") || w.Code != 200 {
		t.Errorf("a made-up notice: %d", w.Code)
	}
}

func peopleOnPages(t *testing.T, h *webtest.House) {
	p := h.Add(t, h.Acme, "page@acme.test", tenant.Viewer)
	admin, editor := h.SignIn(t, h.Acme.Admin), h.SignIn(t, h.Acme.Editor)
	htmx := webtest.Header("HX-Request", "true")
	role := "/t/acme/people/" + p.ID.String() + "/role"
	webtest.WantPage(t, "an editor reads", h.Call("GET", "/t/acme/people", "", editor), 200, p.Email)
	webtest.WantPage(t, "an editor changes", h.Form(role, url.Values{"role": {"admin"}}, editor), 403, "role")

	webtest.WantRedirect(t, "an admin changes", h.Form(role, url.Values{"role": {"editor"}}, admin), "/t/acme/people?notice=role-changed")
	webtest.WantPage(t, "afterwards", h.Call("GET", "/t/acme/people?notice=role-changed", "", admin), 200, "The role is changed.")
	w := h.Form(role, url.Values{"role": {"viewer"}}, admin, htmx)
	webtest.WantPage(t, "by a script", w, 200, p.Email)
	if strings.Contains(w.Body.String(), "<html") {
		t.Error("the fragment is a page")
	}

	last := "/t/acme/people/" + h.Acme.Admin.ID.String() + "/role"
	webtest.WantPage(t, "the last admin", h.Form(last, url.Values{"role": {"viewer"}}, admin), 409, "at least one active admin")
	webtest.WantPage(t, "the last admin, by a script", h.Form(last, url.Values{"role": {"viewer"}}, admin, htmx), 409, "at least one active admin")
	boss := h.Add(t, h.Acme, "boss@acme.test", tenant.Admin)
	own, bosses := "/t/acme/people/"+boss.ID.String()+"/role", h.SignIn(t, boss)
	ask := own + "?role=editor"
	webtest.WantRedirect(t, "demoting oneself", h.Form(own, url.Values{"role": {"editor"}}, bosses), ask)
	w = h.Form(own, url.Values{"role": {"editor"}}, bosses, htmx)
	if w.Header().Get("HX-Redirect") != ask {
		t.Errorf("demoting oneself, by a script: %d %v", w.Code, w.Header())
	}
	webtest.WantPage(t, "asked first", h.Call("GET", ask, "", bosses), 200, "Become an editor")
	webtest.WantPage(t, "and still an admin", h.Call("GET", "/t/acme/people", "", bosses), 200, "role-select")
	webtest.WantRedirect(t, "asked about another", h.Call("GET", role+"?role=editor", "", bosses), "/t/acme/people")
	webtest.WantRedirect(t, "the role that one has", h.Form(own, url.Values{"role": {"admin"}}, bosses), "/t/acme/people?notice=role-kept")
	w = h.Form(role, url.Values{"role": {"viewer"}}, bosses, htmx)
	webtest.WantPage(t, "the role that another has", w, 200, "Nothing has changed")
	webtest.WantRedirect(t, "being sure", h.Form(own, url.Values{"role": {"editor"}, "sure": {"yes"}}, bosses), "/t/acme/people?notice=role-changed")
	webtest.WantPage(t, "an editor now", h.Call("GET", "/t/acme/people", "", bosses), 200, "read-only")

	webtest.WantPage(t, "an unknown role", h.Form(role, url.Values{"role": {"owner"}}, admin), 422, "cannot be accepted")
	webtest.WantPage(t, "no role", h.Form(role, nil, admin), 422, "cannot be accepted")
	webtest.WantPage(t, "JSON from a form's address", h.Call("POST", role, "x", admin, webtest.Header("Content-Type", "text/plain")), 415, "form")
}
