package guard_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"
	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/guard"
)

const (
	poolTenant = "tn-own0000000"
	poolRoot   = "projects/p/databases/pool-eu/documents/tenants/" + poolTenant
	poolBucket = "p-pool-eu"
)

// clean is the oracle's reading of what may follow a tenant's root: segments, none of them empty or
// dots.
func clean(segments []string) bool {
	return len(segments) > 0 && !slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." })
}

var hostile = rapid.SampledFrom([]string{
	"projects", "p", "databases", "pool-eu", "documents", "tenants", poolTenant, strings.ToUpper(poolTenant), poolTenant + "x",
	"tn-victim0000", "users", "u1", "..", ".", "...", "", "%2F", "%2e%2e", "%252F", "..%2Ftn-victim0000", "\u2025", "\uff0e\uff0e",
	"tn-own\u200b0000000", "\x00", "a\\..\\b", "ü", "tn-own0000000%00", "?", "#",
})

// Whatever a document is called, the guard of a pooled tenant lets it pass if and only if its
// segments lie below the root.
func TestPoolDocuments(t *testing.T) {
	scope := pooled
	root := strings.Split(poolRoot, "/")
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.SliceOfN(hostile, 0, 9).Draw(t, "segments")
		if begin := rapid.IntRange(0, len(root)).Draw(t, "begin well"); begin > 0 {
			segments = append(slices.Clone(root[:begin]), segments...)
		}
		name := strings.Join(segments, "/")
		within := len(segments) >= len(root) && slices.Equal(segments[:len(root)], root)
		want := within && clean(segments[min(len(root), len(segments)):])
		if got := can(scope, name); got != want {
			t.Fatalf("document %q: got %v, want %v", name, got, want)
		}
		if got, want := scope.Parent(name), want || within && len(segments) == len(root); got != want {
			t.Fatalf("parent %q: got %v, want %v", name, got, want)
		}
	})
}

// The same of an object in a path, however it is escaped: read once, as Cloud Storage does.
func TestPoolObjects(t *testing.T) {
	scope := pooled
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join(rapid.SliceOfN(hostile, 0, 4).Draw(t, "segments"), "/")
		if rapid.Bool().Draw(t, "begin well") {
			name = poolTenant + "/" + name
		}
		for range rapid.IntRange(0, 2).Draw(t, "times escaped") {
			name = url.PathEscape(name)
		}
		address, err := url.Parse(storageOrigin.String() + "/storage/v1/b/" + poolBucket + "/o/" + name)
		if err != nil {
			return // no client could send it
		}
		segments := strings.Split(address.EscapedPath(), "/")
		want := len(segments) == 7
		if want {
			object, err := url.PathUnescape(segments[6])
			parts := strings.Split(object, "/")
			want = err == nil && parts[0] == poolTenant && clean(parts[1:]) && utf8.ValidString(object) &&
				!strings.ContainsFunc(object, func(r rune) bool { return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError })
		}
		err = cloudStorage(scope, &http.Request{Method: http.MethodGet, URL: address, Header: http.Header{}})
		if (err == nil) != want {
			t.Fatalf("%s: got %v, want %v", address.EscapedPath(), err, want)
		}
	})
}

// What the official client sends for a sound name of the tenant's passes, whatever it looks like on
// the wire; the same under another tenant's prefix does not.
func TestPoolTakesTheClient(t *testing.T) {
	wire := &asking{guard: pooled}
	client, err := storage.NewClient(t.Context(), option.WithHTTPClient(&http.Client{Transport: wire}), storage.WithJSONReads())
	if err != nil {
		t.Fatal(err)
	}
	client.SetRetry(storage.WithPolicy(storage.RetryNever))
	bucket := client.Bucket(poolBucket)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 40, 200).Filter(func(s string) bool { return guard.ObjectName(s) }).Draw(t, "name")
		for prefix, want := range map[string]bool{poolTenant + "/": true, "tn-victim0000/": false} {
			o := bucket.Object(prefix + name)
			_, _ = o.Attrs(t.Context())
			wire.want(t, "attributes", want)
			w := o.NewWriter(t.Context())
			_, _ = io.WriteString(w, "content")
			_ = w.Close()
			wire.want(t, "an upload", want)
			_, _ = bucket.Object(poolTenant + "/to").ComposerFrom(o).Run(t.Context())
			wire.want(t, "a composition", want)
			_, _ = bucket.Object(poolTenant + "/to").CopierFrom(o).Run(t.Context())
			wire.want(t, "a copy", want)
			_, _ = bucket.Objects(t.Context(), &storage.Query{Prefix: prefix + name}).Next()
			wire.want(t, "a list", want)
		}
	})
}

// asking is a transport that asks the guards of each request, and sends none.
type asking struct {
	guard   *guard.Guard
	verdict error
	asked   bool
}

var errNotSent = errors.New("not sent")

func (a *asking) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = true
	var looked *http.Request
	if looked, a.verdict = a.guard.Storage(storageOrigin, r, nil); a.verdict == nil && looked.Body != nil {
		_, _ = io.Copy(io.Discard, looked.Body)
	}
	return nil, errNotSent
}

func (a *asking) want(t *rapid.T, what string, allowed bool) {
	if !a.asked || (a.verdict == nil) != allowed {
		t.Fatalf("%s: asked %v, got %v, want allowed %v", what, a.asked, a.verdict, allowed)
	}
	a.asked, a.verdict = false, nil
}

// What a query string or a body may say of names, and in how many ways.
func TestPoolNames(t *testing.T) {
	scope := pooled
	const objects = "/storage/v1/b/" + poolBucket + "/o"
	const part = "--b\r\nContent-Type: application/json\r\n\r\n"
	for _, c := range []struct {
		method, path, contentType, body string
		want                            bool
	}{
		{"GET", objects + "?prefix=" + poolTenant + "%2F", "", "", true},
		{"GET", objects + "?prefix=" + poolTenant, "", "", false},
		{"GET", objects, "", "", false},
		{"GET", objects + "?prefix=" + poolTenant + "/&prefix=", "", "", false},
		{"GET", objects + "?Prefix=" + poolTenant + "/", "", "", false},
		{"GET", objects + "?prefix=" + poolTenant + "/;prefix=", "", "", false},
		{"POST", "/upload" + objects + "?uploadType=media&name=" + poolTenant + "/a", "text/plain", "x", true},
		{"POST", "/upload" + objects + "?uploadType=media&name=tn-victim0000/a", "text/plain", "x", false},
		{"POST", "/upload" + objects + "?uploadType=media", "text/plain", "x", false},
		{"POST", "/upload" + objects + "?uploadType=resumable", "application/json", `{"name":"` + poolTenant + `/a"}`, true},
		{"POST", "/upload" + objects + "?uploadType=resumable", "application/json", `{"name":"` + poolTenant + `/../a"}`, false},
		{"POST", "/upload" + objects + "?uploadType=resumable", "application/json", `{"name":"` + poolTenant + `/a","name":"b"}`, false},
		{"POST", "/upload" + objects + "?uploadType=resumable", "application/json", `{"name":"` + poolTenant + `/a","Name":"b"}`, false},
		{"POST", "/upload" + objects + "?uploadType=resumable", "application/json", `{}`, false},
		{"POST", "/upload" + objects + "?uploadType=resumable", "application/json", `[]`, false},
		{"POST", "/upload" + objects + "?uploadType=resumable&name=tn-victim0000/a", "application/json", `{"name":"` + poolTenant + `/a"}`, false},
		{"POST", "/upload" + objects + "?uploadType=multipart", "multipart/related; boundary=b", part + `{"name":"` + poolTenant + `/a"}` + "\r\n--b\r\n\r\nx\r\n--b--", true},
		{"POST", "/upload" + objects + "?uploadType=multipart", "multipart/related; boundary=b", part + `{"name":"tn-victim0000/a"}` + "\r\n--b\r\n\r\nx\r\n--b--", false},
		{"POST", "/upload" + objects + "?uploadType=multipart", "multipart/related", part + `{"name":"` + poolTenant + `/a"}` + "\r\n--b--", false},
		{"POST", objects + "/" + poolTenant + "%2Fc/compose", "application/json", `{"sourceObjects":[{"name":"` + poolTenant + `/a"}]}`, true},
		{"POST", objects + "/" + poolTenant + "%2Fc/compose", "application/json", `{"sourceObjects":[{"name":"` + poolTenant + `/a"},{"name":"tn-victim0000/a"}]}`, false},
		{"POST", objects + "/" + poolTenant + "%2Fc/compose", "application/json", `{"sourceObjects":[],"source_objects":[{"name":"tn-victim0000/a"}]}`, false},
		{"POST", objects + "/" + poolTenant + "%2Fc/compose", "application/json", `{}`, false},
	} {
		r := storageRequest(t, c.method, c.path)
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		r.Body = io.NopCloser(strings.NewReader(c.body))
		sent, err := scope.Storage(storageOrigin, r, nil)
		if (err == nil) != c.want || err != nil && !errors.Is(err, guard.ErrRefused) {
			t.Errorf("%s %s %s: got %v, want allowed %v", c.method, c.path, c.body, err, c.want)
		}
		if err != nil {
			continue
		}
		if body, err := io.ReadAll(sent.Body); err != nil || string(body) != c.body {
			t.Errorf("%s: the body goes on as %q, %v", c.path, body, err)
		}
	}
}
