package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// served is the application with two tenants, listening.
type served struct {
	*webtest.House
	address string
}

func serve(t *testing.T) served {
	t.Helper()
	h := webtest.Open(t)
	own, err := url.Parse(vendingtest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = own.Host // as a proxy before it does
		h.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(app.Close)
	return served{h, app.URL}
}

// token is an ID token of the person.
func (s served) token(t *testing.T, p vendingtest.Person) string {
	t.Helper()
	tokens, err := s.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	return tokens.ID
}

// opens reports whether the application takes the key.
func (s served) opens(t *testing.T, key, tenant string) bool {
	t.Helper()
	w := s.Call("GET", "/api/v1/uploads", "", webtest.WithKey(key, tenant))
	if w.Code != http.StatusOK && w.Code != http.StatusUnauthorized {
		t.Fatalf("using a key: %d %s", w.Code, w.Body)
	}
	return w.Code == http.StatusOK
}

// TestRevoke: keys that were found are revoked in the application that serves, after a question,
// and each is told of.
func TestRevoke(t *testing.T) {
	t.Parallel()
	s := serve(t)
	first, firsts := s.NewKey(t, s.Acme, tenant.Editor)
	second, seconds := s.NewKey(t, s.Acme, tenant.Viewer)
	foreign, foreigns := s.NewKey(t, s.Globex, tenant.Viewer)
	never, nevers := plant(t, 0)
	spared, spareds := s.NewKey(t, s.Acme, tenant.Viewer)
	dir := t.TempDir()
	write(t, dir+"/a", foreigns+"\n"+firsts)
	write(t, dir+"/b", never+"\n"+seconds+firsts)
	write(t, dir+"/c", spareds[:len(spareds)-7]+"aaaaaaa") // its checksum is wrong
	scan := []string{"keys", "scan", dir, "--revoke", "--tenant", "acme", "--app", s.address}
	admin := s.token(t, s.Acme.Admin)
	secrets := func(printed ...string) {
		t.Helper()
		for _, key := range []string{firsts, seconds, foreigns, spareds, never} {
			if strings.Contains(strings.Join(printed, ""), key[len("bhk_")+17:][:8]) {
				t.Errorf("a secret is printed: %s", printed)
			}
		}
	}

	for _, typed := range []string{"", "\n", "y\n", "globex\n"} {
		code, out, errs := command(t, admin, typed, scan...)
		secrets(out, errs)
		if code != 4 || strings.Count(out, "nobody agreed") != 4 || !strings.Contains(errs, "No key is revoked.") ||
			!strings.Contains(errs, "workspace acme at "+s.address) || !strings.Contains(errs, "  "+first.ID.String()+", in "+dir+"/a and 1 more\n") {
			t.Errorf("typed %q: %d, %q, %q", typed, code, out, errs)
		}
	}
	code, out, errs := command(t, s.token(t, s.Acme.Editor), "acme\n", scan...)
	if code != 4 || strings.Count(out, "(403, request ") != 1 || strings.Count(out, "not tried after the failure before it") != 3 {
		t.Errorf("an editor: %d, %q, %q", code, out, errs)
	}
	if code, out, _ = command(t, "no-token", "acme\n", scan...); code != 4 || strings.Count(out, "(401, request ") != 1 {
		t.Errorf("nobody: %d, %q", code, out)
	}
	if !s.opens(t, firsts, "acme") || !s.opens(t, seconds, "acme") {
		t.Fatal("a key is revoked that nobody agreed to revoke, or was allowed to")
	}

	code, out, errs = command(t, admin, "acme\n", append(scan, "--json")...)
	secrets(out, errs)
	var got document
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	outcomes := map[string]string{}
	for _, r := range got.Revocations {
		outcomes[r.KeyID] = r.Outcome
		if r.Outcome == unknown && !strings.Contains(r.Detail, "the workspace acme has no such key; it is another's, or never was") {
			t.Errorf("%s: %s", r.KeyID, r.Detail)
		}
	}
	if d := cmp.Diff(map[string]string{first.ID.String(): revoked, second.ID.String(): revoked, foreign.ID.String(): unknown, nevers: unknown}, outcomes); d != "" || code != 4 {
		t.Errorf("%d, %q (-want +got):\n%s", code, errs, d)
	}
	if s.opens(t, firsts, "acme") || s.opens(t, seconds, "acme") {
		t.Error("a key still opens that is said to be revoked")
	}
	if !s.opens(t, foreigns, "globex") || !s.opens(t, spareds, "acme") {
		t.Errorf("a key is revoked that is another's, or that was not found: %s", spared.ID)
	}

	write(t, dir+"/a", firsts)
	write(t, dir+"/b", "")
	if code, out, errs = command(t, admin, "", append(scan, "--yes")...); code != 1 || !strings.HasSuffix(out, "key "+first.ID.String()+": revoked\n") || strings.Contains(errs, "Type") {
		t.Errorf("again, without a question: %d, %q, %q", code, out, errs)
	}
	write(t, dir+"/a", "")
	if code, out, errs = command(t, admin, "", scan...); code != 0 || strings.Contains(errs, "Type") {
		t.Errorf("nothing to revoke: %d, %q, %q", code, out, errs)
	}
}

// TestKeysRevokeThemselves: without an admin, each key that was found ends itself at its workspace.
// One that the workspace does not take stops no other.
func TestKeysRevokeThemselves(t *testing.T) {
	t.Parallel()
	s := serve(t)
	want := map[string]string{}
	dir := t.TempDir()
	plant := func(name, outcome, id, text string) {
		t.Helper()
		write(t, dir+"/"+name, text)
		want[id] = outcome
	}
	first, firsts := s.NewKey(t, s.Acme, tenant.Editor)
	second, seconds := s.NewKey(t, s.Acme, tenant.Viewer)
	foreign, foreigns := s.NewKey(t, s.Globex, tenant.Viewer)
	spared, spareds := s.NewKey(t, s.Acme, tenant.Viewer)
	never := "bhk_aaaaaaaaaaaaaaaa_" + secret
	plant("a", revoked, first.ID.String(), firsts)
	plant("b", failed, foreign.ID.String(), foreigns)
	plant("c", unknown, "aaaaaaaaaaaaaaaa", never)
	plant("d", revoked, second.ID.String(), "bhk_"+second.ID.String()+"_"+secret+" "+seconds) // the first is a guess
	write(t, dir+"/e", spareds[:len(spareds)-7]+"aaaaaaa")                                    // its checksum is wrong
	scan := []string{"keys", "scan", dir, "--revoke", "--json", "--tenant", "acme", "--app", s.address}

	if code, out, _ := command(t, "", "no\n", scan...); code != 4 || strings.Count(out, notAgreed) != 4 || !s.opens(t, firsts, "acme") {
		t.Errorf("nobody agreed: %d, %q", code, out)
	}
	code, out, errs := command(t, "", "acme\n", scan...)
	for _, key := range []string{firsts, seconds, foreigns, spareds, never} {
		if strings.Contains(out+errs, key[21:][:8]) {
			t.Errorf("a secret is printed: %s%s", out, errs)
		}
	}
	var got document
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	outcomes := map[string]string{}
	for _, r := range got.Revocations {
		outcomes[r.KeyID] = r.Outcome
	}
	if d := cmp.Diff(want, outcomes); d != "" || code != 4 {
		t.Errorf("%d, %q (-want +got):\n%s", code, errs, d)
	}
	for name, key := range map[string]string{"the first": firsts, "the second": seconds} {
		if s.opens(t, key, "acme") {
			t.Errorf("%s key still opens that is said to be revoked", name)
		}
	}
	if !s.opens(t, foreigns, "globex") || !s.opens(t, spareds, "acme") {
		t.Errorf("a key is revoked at another workspace, or that was not found: %s", spared.ID)
	}
}

// TestRevokeNobodyThere: what was found is reported all the same.
func TestRevokeNobodyThere(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	first, _ := plant(t, 0)
	second, _ := plant(t, 1)
	code, out, errs := command(t, "secret-token", first+second, "keys", "scan", "-", "--revoke", "--yes", "--tenant", "acme", "--app", gone.URL)
	noSecret(t, out, errs)
	if code != 4 || strings.Count(out, "its checksum holds") != 2 || strings.Count(out, "not revoked: ask Bulkhead") != 1 || strings.Count(out, "not tried") != 1 {
		t.Errorf("%d, %q, %q", code, out, errs)
	}
}

// TestExplainServed: the rules that serve answer.
func TestExplainServed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	args := []string{"route", "explain", "--tenant", "acme", "--app", s.address + "/", "--route", "GET /api/v1/keys", "--credential", "key"}
	code, out, errs := command(t, s.token(t, s.Acme.Admin), "", args...)
	if code != 0 || errs != "" || !strings.Contains(out, "does not get in: 403 forbidden") {
		t.Errorf("an admin asks: %d, %q, %q", code, out, errs)
	}
	code, out, errs = command(t, s.token(t, s.Acme.Editor), "", args...)
	if code != 1 || out != "" || !strings.Contains(errs, "(403, request ") {
		t.Errorf("an editor asks: %d, %q, %q", code, out, errs)
	}
}
