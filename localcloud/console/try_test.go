package console_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud/console"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// The key of one opens its own database and bucket and nobody else's; the page shows Google's
// answers, and no key.
func TestTryKey(t *testing.T) {
	w, acme, globex := labelled(t)
	try(w.documents.Doc("users/ann").Set(t.Context(), map[string]any{}))(t)
	w.put("plan.txt", "text/plain", []byte("plan"))
	status, p := w.post("/try", url.Values{"who": {acme.Account}, "whom": {globex.Account}})
	rows := p.tableRows()
	if status != http.StatusOK || len(rows) != 4 {
		t.Fatalf("%d: %q", status, rows)
	}
	for i, want := range [][]string{
		{"globex's database", "PERMISSION_DENIED", "Permission 'datastore.entities.list' denied", "acme's account asked to list documents in globex's database; the condition"},
		{"globex's bucket", "403 Forbidden", "acme's account asked to list files in globex's bucket; no policy gives it that permission."},
		{"acme's database", "its own", "OK", "1 collection"},
		{"acme's bucket", "its own", "OK", "1 file"},
	} {
		for _, part := range want {
			if !strings.Contains(rows[i], part) {
				t.Errorf("%q\ndoes not say %q", rows[i], part)
			}
		}
	}
	key := string(try(os.ReadFile(acme.KeyFile))(t))
	for _, line := range strings.Split(key, `\n`)[1:3] {
		p.lacks(line)
	}
	w.page("/decisions?only=denied&caller=acme").has("globex's database")

	for name, c := range map[string]struct{ who, whom, want string }{
		"oneself":       {acme.Account, acme.Account, "not the same"},
		"without a key": {globex.Account, acme.Account, "There is no key of globex's account"},
		"nobody":        {"nobody@nowhere", acme.Account, "not there any more"},
		"a file's path": {"/etc/passwd", acme.Account, "not there any more"},
	} {
		status, p := w.in(t).post("/try", url.Values{"who": {c.who}, "whom": {c.whom}})
		p.has(c.want)
		if n := len(p.tableRows()); status != http.StatusOK || n != 0 {
			t.Errorf("%s: %d, %d attempts", name, status, n)
		}
	}
	must(t, os.WriteFile(acme.KeyFile, []byte(`{"private_key":"not-a-key-at-all"}`), 0o600))
	_, p = w.post("/try", url.Values{"who": {acme.Account}, "whom": {globex.Account}})
	p.has("do not take the key file of acme's account")
	p.lacks("not-a-key-at-all")
	must(t, os.Remove(acme.KeyFile))
	_, p = w.post("/try", url.Values{"who": {acme.Account}, "whom": {globex.Account}})
	p.has("The key file of acme's account cannot be read")
	p.lacks(acme.KeyFile)
}

// A shared database lets both in, and the page says so.
func TestTryKeyInAPool(t *testing.T) {
	w, acme, globex := labelled(t)
	globex.Database = acme.Database
	w.cloud.SetLabels(console.Labels{Owners: []console.Owner{acme, globex}})
	_, p := w.post("/try", url.Values{"who": {acme.Account}, "whom": {globex.Account}})
	if rows := p.tableRows(); len(rows) != 4 || !strings.Contains(rows[0], "acme and globex share it, so IAM lets both in.") {
		t.Errorf("%q", rows)
	}
}

// No page but the console's own presses the button, and looking at the page calls nothing.
func TestTryKeyIsGuarded(t *testing.T) {
	w, acme, globex := labelled(t)
	before := len(w.cloud.IAM().Decisions(1000))
	form := url.Values{"who": {acme.Account}, "whom": {globex.Account}}
	for name, headers := range map[string][]string{
		"no origin":                 {"Origin", ""},
		"another origin":            {"Origin", "https://evil.example"},
		"the application":           {"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"},
		"a link of the application": {"Origin", "", "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"},
	} {
		if status, _ := w.post("/try", form, headers...); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
	}
	h, _ := w.get("/try?"+form.Encode(), http.StatusOK)
	if policy := h.Get("Referrer-Policy"); policy != "same-origin" {
		t.Errorf("referrer policy %q: browsers would send the form with the origin null", policy)
	}
	w.page("/try?" + form.Encode()).has("Nothing was tried yet")
	if after := len(w.cloud.IAM().Decisions(1000)); after != before {
		t.Errorf("%d decisions were made", after-before)
	}
}

// Without two tenants, or without keys, the page says what to do.
func TestTryKeyWithoutTenants(t *testing.T) {
	w := &world{t: t, cloud: localcloudtest.New(t)}
	w.address = w.cloud.Endpoints().Console
	w.page("/try").has("There are not yet two tenants")
	w.page("/decisions").lacks("Try one tenant's key")
	w.cloud.SetLabels(console.Labels{Owners: []console.Owner{{Name: "acme", Account: "a@x"}, {Name: "globex", Account: "b@x"}}})
	p := w.page("/try")
	p.has("have no keys here")
	if len(p.all("button")) != 0 {
		t.Error("there is a button that cannot work")
	}
	one := console.Owner{Account: "a@x", KeyFile: "key.json"}
	w.cloud.SetLabels(console.Labels{Owners: []console.Owner{one, one}}) // who share an account
	w.page("/try").has("Try it")
}
