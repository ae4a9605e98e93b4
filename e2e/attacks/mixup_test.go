package attacks_test

import (
	"bufio"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// selectors: a token of A and the name of another tenant, on every route of the API (TM-01).
// Whether that tenant is there, suspended, deleted, half made or was never heard of, there is one
// answer, and one row in A's ledger for each attempt.
func selectors(t *testing.T, w *town) {
	before := w.denials(t)
	admin := w.as(t, w.a.Admin)
	names := []string{
		"globex", w.b.ID.String(), "initech", "soylent", w.s.ID.String(), w.d.Slug.String(), w.d.ID.String(),
		w.p.Slug.String(), w.p.ID.String(), "nowhere", "tn-0000000000",
	}
	routes := guarded(t, door.API)
	answers := make([]exchange, len(routes)*len(names))
	crowd(len(answers), func(i int) {
		answers[i] = admin.callRoute(routes[i%len(routes)], "acme", w.file, header("X-TenantId", names[i/len(routes)]))
	})
	for i, x := range answers {
		if x.status != http.StatusForbidden || x.code() != "tenant_denied" {
			t.Errorf("acme's admin selects %s at %v: %v", names[i/len(routes)], routes[i%len(routes)], x)
		}
		if x.same() != answers[0].same() {
			t.Errorf("%s at %v is told apart:\n%s\n%s", names[i/len(routes)], routes[i%len(routes)], x.same(), answers[0].same())
		}
	}
	w.deniedOnce(t, before, answers)
	// A's own admins may read of the attempts, and do not learn from that who is there.
	for _, x := range []exchange{admin.api("GET", "/access?decision=denied&limit=200", ""), admin.page("GET", "/t/acme/access", "")} {
		if x.status != http.StatusOK {
			t.Errorf("who was let in: %.300v", x)
		}
	}
}

// deniedOnce: the refused requests have rows, each an alert, among those of A and in nobody else's.
// Repeats are summed in one row, which names the first of them, so that what the rows' counts have
// grown by is the number of the requests.
func (w *town) deniedOnce(t *testing.T, before map[string]ledger.Row, refused []exchange) {
	t.Helper()
	asked := map[string]bool{}
	for _, x := range refused {
		asked[x.requestID()] = true
	}
	counted := int64(0)
	for id, r := range w.denials(t) {
		earlier, known := before[id]
		grown := r.Times()
		if known {
			grown -= earlier.Times()
		}
		if grown > 0 && (r.Tenant != w.a.ID.String() || !r.Alert || r.Route == "" || r.Subject == "" || !known && !asked[r.Request]) {
			t.Errorf("denied, and not attempted: %+v", r)
		}
		counted += grown
	}
	if counted != int64(len(refused)) {
		t.Errorf("the rows stand for %d attempts, want %d", counted, len(refused))
	}
}

// denials returns the ledger's denials, by identifier.
func (w *town) denials(t *testing.T) map[string]ledger.Row {
	t.Helper()
	denied := map[string]ledger.Row{}
	for _, r := range w.rows(t, w.began) {
		if r.Decision == ledger.Denied {
			denied[r.ID] = r
		}
	}
	return denied
}

// noSelectors: what looks like a choice of tenant and is none changes no answer (TM-01).
func noSelectors(t *testing.T, w *town) {
	admin := w.as(t, w.a.Admin)
	id := w.b.ID.String()
	tricks := map[string]edit{
		"query":                  func(r *http.Request) { r.URL.RawQuery = "tenant=globex&tn=" + id + "&X-TenantId=globex" },
		"cookie":                 cookie("tenant", "globex"),
		"a session of globex's":  cookie("__Host-bh-globex", w.as(t, w.b.Admin).cookie),
		"X-Forwarded-Host":       header("X-Forwarded-Host", "globex.app.test"),
		"Forwarded":              header("Forwarded", "host=globex.app.test"),
		"X-Tenant":               header("X-Tenant", "globex"),
		"X-Original-URL":         header("X-Original-URL", "/t/globex/files"),
		"X-Rewrite-URL":          header("X-Rewrite-URL", "/t/globex/files"),
		"X-HTTP-Method-Override": header("X-HTTP-Method-Override", "DELETE"),
		"X-Goog-User-Project":    header("X-Goog-User-Project", id),
	}
	for name, refused := range map[string]struct {
		trick  edit
		status int
	}{
		"Host":        {func(r *http.Request) { r.Host = "globex.app.test" }, http.StatusMisdirectedRequest},
		"X-Tenant-Id": {header("X-Tenant-Id", id), http.StatusBadRequest},
		"X_TenantId":  {func(r *http.Request) { r.Header["X_TenantId"] = []string{"globex"} }, http.StatusBadRequest},
	} {
		for _, r := range append(guarded(t, door.API), guarded(t, door.Session)...) {
			if x := admin.callRoute(r, "acme", w.file, refused.trick); x.status != refused.status {
				t.Errorf("%s at %v: %v", name, r, x)
			}
		}
	}
	for _, r := range append(guarded(t, door.API), guarded(t, door.Session)...) {
		if r.Method != http.MethodGet || r.Secret || strings.HasSuffix(r.Path, "/download") || strings.HasSuffix(r.Path, "/access") {
			continue // others change something, or answer something new each time
		}
		plain := admin.callRoute(r, "acme", w.file)
		for name, trick := range tricks {
			if x := admin.callRoute(r, "acme", w.file, trick); x.same() != plain.same() {
				t.Errorf("%s changes the answer of %v:\n%s\nnot\n%s", name, r, x.same(), plain.same())
			}
		}
	}
	for _, body := range []string{`{"name":"x","size":1,"tenantId":"globex"}`, `{"name":"x","size":1,"tn":"` + id + `"}`, `{"name":"x","name":"y","size":1}`} {
		if x := admin.api("POST", "/uploads", body); x.status != http.StatusUnprocessableEntity && x.status != http.StatusBadRequest {
			t.Errorf("%s: %v", body, x)
		}
	}
}

// spellings: the selector as bytes on the wire (TM-02). What is not exactly one plain name is
// refused, and never read as its first, its last or its best part.
func spellings(t *testing.T, w *town) {
	admin := w.as(t, w.a.Admin)
	for name, lines := range map[string]string{
		"twice":                "X-TenantId: acme\r\nX-TenantId: globex",
		"twice the same":       "X-TenantId: acme\r\nX-TenantId: acme",
		"twice, another case":  "X-TenantId: acme\r\nx-tenantid: globex",
		"list":                 "X-TenantId: acme, globex",
		"list without a space": "X-TenantId: acme,globex",
		"folded":               "X-TenantId: acme\r\n globex",
		"folded by a tab":      "X-TenantId: acme\r\n\tglobex",
		"percent":              "X-TenantId: %61cme",
		"4 KiB":                "X-TenantId: " + strings.Repeat("a", 4096),
		"full width":           "X-TenantId: ａcme",
		"a look-alike":         "X-TenantId: аcme", // the first letter is Cyrillic
		"upper case":           "X-TenantId: ACME",
		"quoted":               `X-TenantId: "acme"`,
		"a path":               "X-TenantId: acme/../globex",
		"a NUL":                "X-TenantId: acme\x00",
		"a bare CR":            "X-TenantId: acme\rX-TenantId: globex",
		"a space before it":    "X-TenantId : acme",
		"empty":                "X-TenantId:",
		"none":                 "X-Nothing: acme",
		"as a trailer":         "Trailer: X-TenantId",
	} {
		if status, answer := w.raw(t, admin, lines); status != http.StatusBadRequest {
			t.Errorf("%s: %s", name, answer)
		}
	}
	// White space around a value is none of the value's (RFC 9110, section 5.5): this is acme, and
	// nobody else.
	if status, answer := w.raw(t, admin, "X-TenantId: \tacme \t"); status != http.StatusOK || !strings.Contains(answer, w.a.Admin.Email) {
		t.Errorf("white space around it: %s", answer)
	}
}

// raw sends a request for the people of a tenant with these lines in it, byte for byte.
func (w *town) raw(t *testing.T, c caller, lines string) (status int, answer string) {
	t.Helper()
	host := strings.TrimPrefix(c.origin, "http://")
	conn, err := net.Dial("tcp", host)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	request := "GET /api/v1/users HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + c.token + "\r\n" + lines + "\r\nConnection: close\r\n\r\n"
	_, err = conn.Write([]byte(request))
	must(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer resp.Body.Close()
	b, err := httputil.DumpResponse(resp, true)
	must(t, err)
	w.said.add(exchange{who: c.who, asked: request, status: resp.StatusCode, header: resp.Header, body: string(b)})
	return resp.StatusCode, string(b)
}

// stripped: a proxy that is told to drop the selector does (TM-04). The application takes nobody
// for the tenant, and not the last one, nor the token's.
func stripped(t *testing.T, w *town) {
	to, err := url.Parse(w.origin)
	must(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }})
	t.Cleanup(proxy.Close)
	admin := w.as(t, w.a.Admin)
	admin.origin = proxy.URL
	for _, r := range guarded(t, door.API) {
		if x := admin.callRoute(r, "acme", w.file, header("Connection", "close, X-TenantId")); x.status != http.StatusBadRequest {
			t.Errorf("%v without its selector: %v", r, x)
		}
		if x := admin.callRoute(r, "acme", w.file, header("Connection", "close, Authorization")); x.status != http.StatusUnauthorized {
			t.Errorf("%v without its token: %v", r, x)
		}
	}
}

// foreignObjects: identifiers of B's people and files, on every route that takes one, are in A what
// never was (O4).
func foreignObjects(t *testing.T, w *town) {
	admin := w.as(t, w.a.Admin)
	var calls []func()
	for _, r := range append(guarded(t, door.API), guarded(t, door.Session)...) {
		if !strings.Contains(r.Path, ":id") {
			continue
		}
		foreign := w.foreign(t, r)
		missing := strings.Repeat("a", len(foreign))
		if strings.Contains(r.Path, "/domains/") {
			missing = "nobody.bulkhead.test"
		}
		calls = append(calls, func() {
			one, other := admin.callRoute(r, "acme", foreign), admin.callRoute(r, "acme", missing)
			if one.status != http.StatusNotFound {
				t.Errorf("%v: %v", r, one)
			}
			if same := strings.ReplaceAll(one.same(), foreign, missing); same != other.same() {
				t.Errorf("%v tells foreign and missing apart:\n%s\n%s", r, same, other.same())
			}
		})
	}
	crowd(4*len(calls), func(i int) { calls[i%len(calls)]() })
}

// twins: one user id, address, password and file identifier in A and in B (TM-06). Whatever was
// asked for B just before, A is answered A's, and the other way round.
func twins(t *testing.T, w *town) {
	a, b := w.as(t, w.twinA), w.as(t, w.twinB)
	paths := []string{"/users", "/users/twin", "/uploads", "/uploads/" + w.file, "/uploads/" + w.file + "/download"}
	pages := []string{"/files", "/people"}
	crowd(80, func(i int) {
		var x exchange
		for _, c := range []caller{b, a, b} {
			if i%2 == 0 {
				x = c.api("GET", paths[i/2%len(paths)], "")
			} else {
				x = c.page("GET", "/t/"+c.who+pages[i/2%len(pages)], "")
			}
			one := []string{"/users/twin", "/uploads/" + w.file} // a change may be based on it
			tagged := i%2 == 0 && slices.Contains(one, paths[i/2%len(paths)])
			if x.status != http.StatusOK || x.header.Get("Cache-Control") != "no-store" || (x.header.Get("ETag") != "") != tagged {
				t.Errorf("%s: %.300v", x.asked, x)
			}
			theirs := w.a.Tenant
			if c.who == "acme" {
				theirs = w.b.Tenant
			}
			for _, of := range []string{theirs.ID.String(), theirs.Bucket, "admin@" + theirs.Slug.String() + ".test"} {
				if strings.Contains(x.answered(), of) {
					t.Errorf("%s sees %q: %.300s", c.who, of, x.answered())
				}
			}
		}
	})
	if got := a.download(w.file); got != "content of acme" {
		t.Errorf("acme's file is %q", got)
	}
	if got := b.download(w.file); !strings.HasPrefix(got, "CANARY-B-content") {
		t.Errorf("globex's file is %q", got)
	}
}

// interleaved: requests of A, B and C on the same connections, 64 at a time (TM-07). Each answer,
// each line of the log and each row of the ledger is of the tenant that asked.
func interleaved(t *testing.T, w *town) {
	began := time.Now().UTC()
	logged := len(w.log.String())
	callers := []caller{w.as(t, w.a.Admin), w.as(t, w.b.Admin), w.as(t, w.c.Admin)}
	ids := []string{w.a.ID.String(), w.b.ID.String(), w.c.ID.String()}
	requests := *interleavedRequests
	asked := make([]string, requests) // by the request, its identifier
	crowd(requests, func(i int) {
		c := callers[i%3]
		var x exchange
		switch i / 3 % 8 {
		case 0:
			x = c.page("GET", "/t/"+c.who+"/people", "")
		case 1:
			x = c.api("GET", "/users", "")
		case 2:
			x = c.api("GET", "/users/nobody", "")
		case 3:
			x = c.api("GET", "/users", "", header("X-TenantId", callers[(i+1)%3].who))
		default:
			x = c.api("GET", "/users/"+[]string{w.a.Viewer.ID.String(), w.b.Viewer.ID.String(), w.c.Viewer.ID.String()}[i%3], "")
		}
		asked[i] = x.requestID()
		own := strings.Contains(x.body, "@"+c.who+".test")
		for j, other := range callers {
			if j != i%3 && strings.Contains(x.body, "@"+other.who+".test") {
				t.Errorf("%s is answered %s's: %.300v", c.who, other.who, x)
			}
		}
		switch n := i / 3 % 8; {
		case n == 2 && x.status != 404, n == 3 && x.status != 403, n != 2 && n != 3 && (x.status != 200 || !own):
			t.Errorf("%s: %.300v", c.who, x)
		}
	})
	of := map[string]string{} // request -> tenant
	for i, id := range asked {
		of[id] = ids[i%3]
	}
	lines := 0
	for request, tenant := range w.logged(t, logged) {
		if want, ok := of[request]; ok {
			lines++
			if tenant != want && tenant != "" {
				t.Errorf("request %s of %s is logged as %s's", request, want, tenant)
			}
		}
	}
	if lines != requests {
		t.Errorf("%d of %d requests are in the log", lines, requests)
	}
	for _, r := range w.rows(t, began) {
		if want, ok := of[r.Request]; ok && r.Tenant != want {
			t.Errorf("request %s of %s is in the ledger as %s's", r.Request, want, r.Tenant)
		}
	}
}

// interleavedRequests is what a small machine does in some seconds under the race detector.
var interleavedRequests = flag.Int("interleaved", 1800, "how many `requests` of three tenants are interleaved")

// logged returns whose request each was, by the log's lines from there on: empty where the caller
// was not let in.
func (w *town) logged(t *testing.T, from int) map[string]string {
	t.Helper()
	of := map[string]string{}
	for line := range strings.Lines(w.log.String()[from:]) {
		l := read[struct{ Msg, Request, Tenant string }](t, line)
		if l.Msg != "request" {
			continue
		}
		if _, twice := of[l.Request]; twice {
			t.Errorf("request %s is logged twice", l.Request)
		}
		of[l.Request] = l.Tenant
	}
	return of
}
