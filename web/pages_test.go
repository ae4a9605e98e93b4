package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

func filesOnPages(t *testing.T, h *house) {
	p := h.Acme.Editor
	cookie, viewer := h.signIn(t, p), h.signIn(t, h.Acme.Viewer)
	asJSON, htmx := header("Content-Type", "application/json"), header("HX-Request", "true")
	type intent struct {
		ID     string
		Upload signedRequest
	}
	in := read[intent](t, h.call("POST", "/t/acme/files", `{"name":"plan.pdf","size":5,"type":"application/pdf"}`, cookie, asJSON), 201)
	at := "/t/acme/files/" + in.ID
	if status, body := in.Upload.send(t, "hello"); status != 200 {
		t.Fatalf("sending: %d %s", status, body)
	}
	if w := h.call("POST", at+"/complete", "{}", cookie, asJSON); w.Code/100 != 2 {
		t.Errorf("completing: %d %s", w.Code, w.Body)
	}
	page := h.call("GET", "/t/acme/files", "", cookie)
	wantPage(t, "the page", page, 200, "<html")
	wantPage(t, "the file", page, 200, in.ID)
	fragment := h.call("GET", "/t/acme/files", "", cookie, htmx)
	wantPage(t, "the fragment", fragment, 200, in.ID)
	if strings.Contains(fragment.Body.String(), "<html") || !slices.Contains(fragment.Header().Values("Vary"), "HX-Request") {
		t.Errorf("the fragment is a page, or may be taken for it: %s", fragment.Header())
	}
	wantPage(t, "from history", h.call("GET", "/t/acme/files", "", cookie, htmx, header("HX-History-Restore-Request", "true")), 200, "<html")

	w := h.call("GET", at+"/download", "", viewer)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("downloading: %d %s", w.Code, w.Body)
	}
	if status, body := (signedRequest{Method: "GET", URL: w.Header().Get("Location")}).send(t, ""); status != 200 || body != "hello" {
		t.Errorf("downloaded: %d %q", status, body)
	}

	wantPage(t, "asking first", h.call("GET", at+"/delete", "", cookie), 200, "plan.pdf")
	wantPage(t, "a viewer deletes", h.form(at+"/delete", nil, viewer), 403, "role")
	wantRedirect(t, "deleting", h.form(at+"/delete", nil, cookie), "/t/acme/files?notice=file-deleted")
	wantPage(t, "afterwards", h.call("GET", "/t/acme/files?notice=file-deleted", "", cookie), 200, "The file is deleted.")
	wantPage(t, "downloading what is gone", h.call("GET", at+"/download", "", cookie), 404, "nothing at this address")
	wantProblem(t, "a script deletes what is gone", h.form(at+"/delete", nil, cookie, htmx), 404, "not_found")

	other := read[intent](t, h.call("POST", "/t/acme/files", `{"name":"b.txt","size":5,"type":""}`, cookie, asJSON), 201)
	w = h.form("/t/acme/files/"+other.ID+"/delete", nil, cookie, htmx)
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
		"too large a file": {`{"name":"a","size":1048577,"type":""}`, "application/json", 413, "file_too_large"},
		"too long a body":  {strings.Repeat(" ", 65<<10), "application/json", 413, "body_too_large"},
	} {
		w := h.call("POST", "/t/acme/files", tt.body, cookie, header("Content-Type", tt.contentType), header("Accept", "application/json"))
		wantProblem(t, name, w, tt.status, tt.code)
	}
	for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded"} {
		target := map[string]string{"application/json": "/t/acme/files", "application/x-www-form-urlencoded": "/t/acme/sign-in"}[contentType]
		w := h.call("POST", target, strings.Repeat("a", 65<<10), cookie, header("Content-Type", contentType), header("Accept", "application/json"),
			func(r *http.Request) { r.ContentLength = -1 })
		wantProblem(t, "too long a body, unannounced, to "+target, w, 413, "body_too_large")
	}
	if w := h.call("GET", "/t/acme/files?cursor=!", "", cookie); w.Code != 422 {
		t.Errorf("a made-up cursor: %d", w.Code)
	}
	if w := h.call("GET", "/t/acme/files?notice=%3Cscript%3E", "", cookie); strings.Contains(w.Body.String(), "script%3E") || w.Code != 200 {
		t.Errorf("a made-up notice: %d", w.Code)
	}
}

func peopleOnPages(t *testing.T, h *house) {
	p := h.Add(t, h.Acme, "page@acme.test", tenancy.Viewer)
	admin, editor := h.signIn(t, h.Acme.Admin), h.signIn(t, h.Acme.Editor)
	htmx := header("HX-Request", "true")
	role := "/t/acme/people/" + p.ID.String() + "/role"
	wantPage(t, "an editor reads", h.call("GET", "/t/acme/people", "", editor), 200, p.Email)
	wantPage(t, "an editor changes", h.form(role, url.Values{"role": {"admin"}}, editor), 403, "role")

	wantRedirect(t, "an admin changes", h.form(role, url.Values{"role": {"editor"}}, admin), "/t/acme/people?notice=role-changed")
	wantPage(t, "afterwards", h.call("GET", "/t/acme/people?notice=role-changed", "", admin), 200, "The role is changed.")
	w := h.form(role, url.Values{"role": {"viewer"}}, admin, htmx)
	wantPage(t, "by a script", w, 200, p.Email)
	if strings.Contains(w.Body.String(), "<html") {
		t.Error("the fragment is a page")
	}

	last := "/t/acme/people/" + h.Acme.Admin.ID.String() + "/role"
	wantPage(t, "the last admin", h.form(last, url.Values{"role": {"viewer"}}, admin), 409, "at least one active admin")
	wantPage(t, "the last admin, by a script", h.form(last, url.Values{"role": {"viewer"}}, admin, htmx), 409, "at least one active admin")
	wantPage(t, "an unknown role", h.form(role, url.Values{"role": {"owner"}}, admin), 422, "cannot be accepted")
	wantPage(t, "no role", h.form(role, nil, admin), 422, "cannot be accepted")
	wantPage(t, "JSON from a form's address", h.call("POST", role, "x", admin, header("Content-Type", "text/plain")), 415, "form")
}
