package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
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
	r.Header.Set("Authorization", "Bearer "+c.token)
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

// upload announces a file and sends it, and says nothing more: the bucket tells that it has arrived.
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

// until asks about a file until what the API says of it is right. It fails the test after a time that
// is far more than it takes.
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

// TestFilesAreInspected: a file of a silo's and one of a pool's go the whole way, from the client to
// the bucket, to the worker, the Adapter and Service B, and back to the file's record.
func TestFilesAreInspected(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		s := apptest.StartSite(t, w)
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
	})
}
