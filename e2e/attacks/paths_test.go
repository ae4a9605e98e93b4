package attacks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// tricks are names that would become another address if a library put them into one as they are:
// some build Google's addresses without escaping.
func (w *town) tricks() []string {
	return []string{
		"../globex", "..", ".", "acme/../globex", w.a.ID.String() + "/../" + w.b.ID.String(), w.b.IdentityTenant + "/accounts:lookup?x=",
		w.b.ID.String() + "#", "a%2fglobex", "a%2Fglobex", "%2e%2e%2fglobex", "..%2f..%2fdatabases%2f" + w.b.Database, "__x__", "a\\globex",
		"projects/_/buckets/" + w.b.Bucket, w.b.Bucket + "/o/x", "acme;globex", "acme,globex", "*", "a*", "%00", "acme%00", "acme%0d%0aX-TenantId: globex",
		strings.Repeat("a", 1501), "ａcme", "\u202eemca", "uploads/" + w.theirs, "{globex}", "$(globex)", "'globex'",
	}
}

// injections: names with a path in them, wherever a name is taken (VE-02). They are refused before
// any client is asked to do anything with them.
func injections(t *testing.T, w *town) {
	admin := w.as(t, w.a.Admin)
	admin.api("GET", "/users", "") // vended to, from here on
	before := w.watch.len()
	tricks := w.tricks()
	crowd(len(tricks), func(i int) {
		name, escaped := tricks[i], url.PathEscape(tricks[i])
		if x := admin.api("GET", "/users", "", header("X-TenantId", name)); x.status != http.StatusBadRequest {
			t.Errorf("as the tenant, %q: %v", name, x)
		}
		if x := admin.api("POST", "/token", `{"email":"a@b.test","password":"x"}`, header("X-TenantId", name)); x.status != http.StatusBadRequest {
			t.Errorf("as the tenant to sign in to, %q: %v", name, x)
		}
		for _, in := range []string{name, escaped, url.PathEscape(escaped)} {
			in = strings.NewReplacer("?", "%3F", "#", "%23", "\\", "%5C", "%0d%0a", "%250d%250a", "%00", "%2500", " ", "%20").Replace(in)
			if _, err := url.Parse("/" + in); err != nil || in == "." || in == ".." {
				continue // no address at all, or another one, which the next line would ask for
			}
			for _, path := range []string{"/users/", "/uploads/"} {
				if x := admin.api("GET", path+in, ""); x.status != http.StatusBadRequest && x.status != http.StatusNotFound {
					t.Errorf("%s%s: %v", path, in, x)
				}
			}
			if x := admin.page("GET", "/t/"+in+"/files", ""); x.status != http.StatusBadRequest && x.status != http.StatusNotFound {
				t.Errorf("as the workspace, %q: %.300v", in, x)
			}
		}
		if x := admin.api("GET", "/uploads?cursor="+url.QueryEscape(name), ""); x.status < 400 || x.status >= 500 {
			t.Errorf("as a cursor, %q: %v", name, x)
		}
		if x := admin.api("GET", "/access?cursor="+url.QueryEscape(name), ""); x.status != http.StatusBadRequest {
			t.Errorf("as a row, %q: %v", name, x)
		}
	})
	decisions, _ := w.watch.since(before)
	for _, d := range decisions {
		if _, tenants := w.holder(d.Caller); tenants {
			t.Errorf("the cloud was asked: %s, %s on %s", d.Method, d.Permission, d.Resource)
		}
	}
	for i, name := range tricks { // a file may be called anything, and is kept under a name of ours
		if slices.ContainsFunc(w.secrets, func(s string) bool { return strings.Contains(name, s) }) {
			continue // A would be told it again
		}
		x := admin.api("POST", "/uploads", fmt.Sprintf(`{"name":%q,"type":"text/plain","size":1}`, strings.ReplaceAll(name, "\u202e", "")))
		if x.status != http.StatusCreated && x.status != http.StatusUnprocessableEntity && x.status != http.StatusBadRequest {
			t.Errorf("as a file's name, %q: %v", tricks[i], x)
		}
		if address, _, _ := strings.Cut(x.body, "?"); x.status == http.StatusCreated && !strings.Contains(address, "/"+w.a.Bucket+"/uploads/") {
			t.Errorf("as a file's name, %q leads to %s", tricks[i], address)
		}
	}
}
