package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// eicar is the test string of scanners, in two parts so that this file is harmless.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// client is somebody with a bearer token at the API of a site.
type client struct {
	site  *apptest.Site
	t     *testing.T
	of    vendingtest.Tenant
	token string
}

func newClient(t *testing.T, s *apptest.Site, of vendingtest.Tenant, p vendingtest.Person) client {
	t.Helper()
	return client{s, t, of, s.World.Token(t, p)}
}

// call calls the API and decodes the answer into v, which may be nil.
func (c client) call(method, path string, body, v any) int {
	c.t.Helper()
	text, err := json.Marshal(body)
	check(c.t, err)
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.site.Web+"/api/v1"+path, bytes.NewReader(text))
	check(c.t, err)
	if body == nil {
		r.Body, r.ContentLength = nil, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("X-TenantId", c.of.ID.String())
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := http.DefaultClient.Do(r)
	check(c.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	check(c.t, err)
	if v != nil {
		if err := json.Unmarshal(answer, v); err != nil {
			c.t.Fatalf("%s %s: %s %s", method, path, resp.Status, answer)
		}
	}
	return resp.StatusCode
}

type signed struct {
	Method, URL string
	Headers     map[string]string
}

// announce asks for an upload.
func (c client) announce(name string, size int, mediaType string) (id string, upload signed) {
	c.t.Helper()
	var out struct {
		ID     string
		Upload signed
	}
	if status := c.call("POST", "/uploads", map[string]any{"name": name, "size": size, "type": mediaType}, &out); status != http.StatusCreated {
		c.t.Fatalf("announcing %s is answered %d", name, status)
	}
	return out.ID, out.Upload
}

// send sends a file by the signed request.
func (c client) send(to signed, content []byte) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), to.Method, to.URL, bytes.NewReader(content))
	check(c.t, err)
	for name, value := range to.Headers {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	check(c.t, err)
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		c.t.Fatalf("sending: %s %s", resp.Status, text)
	}
}

// upload announces a file and sends it, and says nothing more: the bucket tells that it has
// arrived.
func (c client) upload(name string, content []byte) (id string) {
	c.t.Helper()
	id, to := c.announce(name, len(content), "application/octet-stream")
	c.send(to, content)
	return id
}

// file is what the API says of a file.
type file struct {
	State      string
	Generation int64
	Inspection struct {
		State, Reason, Type string
		Findings            []string
		MayAsk              bool
	}
}

// until asks about a file until what the API says of it is right. It fails the test after a time
// that is far more than it takes.
func (c client) until(id, what string, right func(file) bool) file {
	c.t.Helper()
	var f file
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		f = file{}
		if status := c.call("GET", "/uploads/"+id, nil, &f); status == http.StatusOK && right(f) {
			return f
		}
	}
	c.t.Fatalf("%s: the file is never %s: %+v", id, what, f)
	return f
}

func (c client) untilInspection(id, state string) file {
	c.t.Helper()
	return c.until(id, "inspected as "+state, func(f file) bool { return f.Inspection.State == state })
}

// TestFilesAreInspected: a file of a silo's and one of a pool's go the whole way, from the client
// to the bucket, to the worker, the Adapter and Service B, and back to the file's record.
func TestFilesAreInspected(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) { inspectFiles(t, apptest.StartSite(t, w)) })
}

// TestServiceBApart: the same with Service B as a process of its own.
func TestServiceBApart(t *testing.T) {
	inspectFiles(t, apptest.StartApart(t, vendingtest.TwoTenants(t)))
}

func inspectFiles(t *testing.T, s *apptest.Site) {
	t.Helper()
	w := s.World
	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	clean := editor.upload("hello.txt", []byte("hello, world"))
	harmful := editor.upload("test.com", []byte(eicar))
	theirs := newClient(t, s, w.Globex, w.Globex.Editor).upload("theirs.txt", []byte("theirs"))

	if f := editor.untilInspection(clean, "clean"); f.Inspection.Type != "text/plain" || f.State != "stored" || f.Inspection.MayAsk {
		t.Errorf("a clean file: %+v", f)
	}
	if f := editor.untilInspection(harmful, "harmful"); len(f.Inspection.Findings) != 1 || f.Inspection.Findings[0] != "test_virus" {
		t.Errorf("a harmful file: %+v", f)
	}
	newClient(t, s, w.Globex, w.Globex.Viewer).untilInspection(theirs, "clean")
}

// TestTheAdapterIsUnplugged: while the Adapter is unplugged, Service A goes on as ever and knows of
// nothing. Once it is plugged in, what waited is forwarded.
func TestTheAdapterIsUnplugged(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	s.Unplug(t)
	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	var ids []string
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		ids = append(ids, editor.upload(name, []byte(name)))
	}
	for _, id := range ids {
		if f := editor.until(id, "stored", func(f file) bool { return f.State == "stored" }); f.Inspection.State != "asked" {
			t.Errorf("a file is %+v, and the Adapter is unplugged", f)
		}
		if status := editor.call("GET", "/uploads/"+id+"/download", nil, nil); status != http.StatusOK {
			t.Errorf("a download is answered %d", status)
		}
	}
	s.Plug(t)
	for _, id := range ids {
		editor.untilInspection(id, "clean")
	}
}

// TestTheTokenHasDied: what was handed over has died by the time that the Adapter sees it. The file
// waits for its owner: nobody else can have it inspected, and the owner does so by asking.
func TestTheTokenHasDied(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	s.Later(2 * time.Hour)
	editor, admin := newClient(t, s, w.Acme, w.Acme.Editor), newClient(t, s, w.Acme, w.Acme.Admin)
	id := editor.upload("late.txt", []byte("late"))
	// It may be told before the file has arrived, and then nobody asks yet.
	f := editor.until(id, "stored and waiting", func(f file) bool { return f.State == "stored" && f.Inspection.State == "waiting" })
	if !f.Inspection.MayAsk {
		t.Errorf("a file whose token has died: %+v", f)
	}
	s.Later(0)
	if status := admin.call("POST", "/uploads/"+id+"/inspection", nil, nil); status != http.StatusForbidden {
		t.Errorf("acme's admin has the editor's file inspected: %d", status)
	}
	if status := newClient(t, s, w.Globex, w.Globex.Admin).call("POST", "/uploads/"+id+"/inspection", nil, nil); status != http.StatusNotFound {
		t.Errorf("globex's admin has acme's file inspected: %d", status)
	}
	if status := editor.call("POST", "/uploads/"+id+"/inspection", nil, nil); status != http.StatusOK {
		t.Errorf("its owner asks, and is answered %d", status)
	}
	editor.untilInspection(id, "clean")
	if status := editor.call("POST", "/uploads/"+id+"/inspection", nil, nil); status != http.StatusConflict {
		t.Errorf("its owner asks once more, and is answered %d", status)
	}
}

// TestTheFileIsFirst: that the file has arrived is known before Service B has given the key. The
// message is refused until the key is there.
func TestTheFileIsFirst(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	var away atomic.Bool
	away.Store(true)
	s.BeforeB(func(rw http.ResponseWriter, r *http.Request) {
		if away.Load() && strings.HasSuffix(r.URL.Path, "/keys") {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	id := editor.upload("first.txt", []byte("first"))
	editor.until(id, "stored", func(f file) bool { return f.State == "stored" })
	arrived := events.Event{Type: events.ObjectFinalized, Tenant: w.Acme.ID, Time: time.Now(), Data: events.Data{
		Upload: id, Attempt: 1, Generation: 1, Size: 5, Ticket: "any",
	}}
	if status, body := s.Push(t, setup.Push, s.Adapter+app.UploadsPath, marshal(t, arrived), nil); status != http.StatusServiceUnavailable || body["code"] != "not_yet" {
		t.Errorf("that the file has arrived is answered %d %v", status, body)
	}
	away.Store(false)
	editor.untilInspection(id, "clean")
}

func marshal(t *testing.T, e events.Event) []byte {
	t.Helper()
	b, err := e.Marshal()
	check(t, err)
	return b
}

// TestServiceBIsDifficult: what Service B can answer that is no verdict. Whatever it is, the file
// is there, says what happened, and is inspected once Service B is well.
func TestServiceBIsDifficult(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("where Service B leads to is sent %s with %d bytes of a credential", r.Method, len(r.Header.Get("Authorization")))
	}))
	defer elsewhere.Close()
	for what, tt := range map[string]struct {
		answer http.HandlerFunc
		times  int64
		state  string // what the file says until it is asked for again
	}{
		"refuses the token": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) }, 2, "refused"},
		"leads elsewhere": {func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, 2, ""},
		"answers with no JSON":  {func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>")) }, 3, ""},
		"fails":                 {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }, 2, ""},
		"cuts the line":         {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 2, ""},
		"asks for a slower one": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusTooManyRequests) }, 2, ""},
	} {
		t.Run(what, func(t *testing.T) {
			left := new(atomic.Int64)
			left.Store(tt.times)
			s.BeforeB(func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/v1/") && left.Add(-1) >= 0 {
					tt.answer(rw, r)
				}
			})
			id := editor.upload("x.txt", []byte(what))
			if tt.state != "" {
				// It may be told before the file has arrived, and then nobody asks yet.
				f := editor.until(id, "stored and "+tt.state, func(f file) bool { return f.State == "stored" && f.Inspection.State == tt.state })
				if !f.Inspection.MayAsk {
					t.Errorf("nobody can ask again: %+v", f)
				}
				if status := editor.call("POST", "/uploads/"+id+"/inspection", nil, nil); status != http.StatusOK {
					t.Fatalf("asking again is answered %d", status)
				}
			}
			editor.untilInspection(id, "clean")
		})
	}
}
