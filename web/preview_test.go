package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// filesShown: the page of a text shows it in a frame that may do nothing, and has a link for people
// of the workspace. No other page may show what is in the bucket.
func filesShown(t *testing.T, h *webtest.House) {
	s := &stage{House: h, admin: h.Bearer(t, h.Acme.Editor, "acme")}
	var file prepared
	stored(t, s, &file)
	page := "/t/acme/files/" + file.id
	viewer := h.SignIn(t, h.Acme.Viewer)
	policy := func(address string) string {
		return h.Call("GET", address, "", viewer).Header().Get("Content-Security-Policy")
	}
	shows := func(address string) bool {
		return strings.Contains(policy(address), "img-src 'self' data: "+h.Endpoints.Storage+";") &&
			strings.Contains(policy(address), "frame-src 'self' "+h.Endpoints.Storage+";")
	}
	shown := h.Call("GET", page, "", viewer)
	webtest.WantPage(t, "its page", shown, 200, `<iframe class="preview" sandbox src="`+page+`/preview"`)
	webtest.WantPage(t, "its page", shown, 200, `value="http://app.test`+page+`"`)
	if strings.Contains(shown.Body.String(), "X-Goog-Signature") {
		t.Error("its page holds a signed request")
	}
	if !shows(page) {
		t.Errorf("its page may not show it: %s", policy(page))
	}
	for _, other := range []string{"/t/acme/files", page + "/delete", "/t/acme/people"} {
		if p := policy(other); strings.Contains(p, "frame-src") || strings.Contains(p, "data: http") {
			t.Errorf("%s may show what is in the bucket: %s", other, p)
		}
	}
	w := h.Call("GET", page+"/preview", "", viewer)
	if p := w.Header().Get("Content-Security-Policy"); w.Code != http.StatusSeeOther || p != "default-src 'none'; frame-ancestors 'self'" {
		t.Errorf("a viewer looks at it: %d, under %q", w.Code, p)
	}
	if status, body := (signedRequest{Method: "GET", URL: w.Header().Get("Location")}).send(t, ""); status != 200 || body != "hello" {
		t.Errorf("what is shown: %d %q", status, body)
	}

	foreign := h.SignIn(t, h.Globex.Admin)
	webtest.WantPage(t, "globex's admin looks at acme's file", h.Call("GET", "/t/globex/files/"+file.id+"/preview", "", foreign), 404, "")
	webtest.WantPage(t, "globex's admin opens the link to it", h.Call("GET", "/t/globex/files/"+file.id, "", foreign), 404, "")
	for who, edit := range map[string]func(*http.Request){"nobody": webtest.Header("Accept", "text/html"), "globex's admin": foreign} {
		for _, address := range []string{page, page + "/preview"} {
			w := h.Call("GET", address, "", edit)
			if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/t/acme/sign-in") || !strings.Contains(to, file.id) {
				t.Errorf("%s opens %s: %d %s, want the sign-in that leads back", who, address, w.Code, to)
			}
		}
	}
	if w := h.Call("DELETE", "/api/v1/uploads/"+file.id, "", s.admin); w.Code >= 300 {
		t.Fatalf("into the bin: %d %s", w.Code, w.Body)
	}
	webtest.WantPage(t, "what is in the bin is not shown", h.Call("GET", page+"/preview", "", viewer), 410, "")
}
