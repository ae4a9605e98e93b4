package vending_test

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// send makes a signed request as a browser would, changed by change.
func send(t *testing.T, s vending.SignedRequest, body string, change func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), s.Method, s.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range s.Headers {
		req.Header.Set(k, v)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// TestSigned tries what is signed, and what is not, against the cloud.
func TestSigned(t *testing.T) { vendingtest.EachSource(t, vendingtest.TwoTenants, signed) }

func signed(t *testing.T, w *vendingtest.World) {
	t.Run("what is signed", func(t *testing.T) { sign(t, w) })
	t.Run("what is not", func(t *testing.T) { signRefuses(t, w) })
	t.Run("an emulator variable", func(t *testing.T) { signIgnoresEnvironment(t, w) })
}

func sign(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	bucket := w.Grant(t, w.Acme.Editor).Bucket()
	upload := func(object string) vending.SignedRequest {
		t.Helper()
		s, err := bucket.SignUpload(ctx, object, "image/png", 5, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}

	good := upload("files/u1")
	u, err := url.Parse(good.URL)
	if err != nil {
		t.Fatal(err)
	}
	if id := u.Query().Get("X-Goog-Credential"); !strings.HasPrefix(id, w.Acme.ServiceAccount+"/") {
		t.Errorf("signed as %s, want the tenant's account", id)
	}
	if u.Query().Get("X-Goog-Algorithm") != "GOOG4-RSA-SHA256" || u.Query().Get("X-Goog-Expires") != "59" && u.Query().Get("X-Goog-Expires") != "60" {
		t.Errorf("signed %s", u.RawQuery)
	}
	if got := u.Query().Get("X-Goog-SignedHeaders"); got != "content-type;host;x-goog-content-length-range;x-goog-if-generation-match" {
		t.Errorf("signed headers are %s", got)
	}

	// Whatever is changed, the cloud refuses.
	for name, change := range map[string]func(*http.Request){
		"another object":      func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, "u1", "u2", 1) },
		"another bucket":      func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, w.Acme.Bucket, w.Globex.Bucket, 1) },
		"another method":      func(r *http.Request) { r.Method = http.MethodDelete },
		"another type":        func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"a wider size":        func(r *http.Request) { r.Header.Set("x-goog-content-length-range", "0,1000000") },
		"no size":             func(r *http.Request) { r.Header.Del("x-goog-content-length-range") },
		"an overwrite":        func(r *http.Request) { r.Header.Del("x-goog-if-generation-match") },
		"an access list":      func(r *http.Request) { r.Header.Set("x-goog-acl", "public-read") },
		"another disposition": func(r *http.Request) { r.URL.RawQuery += "&response-content-disposition=inline" },
		"a longer life": func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "X-Goog-Expires=", "X-Goog-Expires=9", 1)
		},
	} {
		if code, _, _ := send(t, good, "12345", change); code != http.StatusForbidden && code != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d", name, code)
		}
	}
	if code, _, body := send(t, good, "123456", nil); code < 400 {
		t.Errorf("more bytes than signed: HTTP %d %s", code, body)
	}
	if code, _, body := send(t, good, "12345", nil); code != http.StatusOK {
		t.Fatalf("upload: HTTP %d %s", code, body)
	}
	if code, _, _ := send(t, good, "54321", nil); code != http.StatusPreconditionFailed {
		t.Errorf("a second upload: HTTP %d, want 412", code)
	}

	name := "Übersicht \"Q3\"; 100%.png"
	attrs, err := bucket.Object("files/u1").Attrs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	down, err := bucket.SignDownload(ctx, "files/u1", attrs.Generation, name, "image/png", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	code, header, body := send(t, down, "", nil)
	if code != http.StatusOK || body != "12345" || header.Get("Content-Type") != "image/png" {
		t.Errorf("download: HTTP %d %q %v", code, body, header)
	}
	kind, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || params["filename"] != name {
		t.Errorf("disposition %q: %s %v, %v", header.Get("Content-Disposition"), kind, params, err)
	}

	viewer := w.Grant(t, w.Acme.Viewer).Bucket()
	if _, err := viewer.SignUpload(ctx, "x", "image/png", 5, time.Minute); !errors.Is(err, vending.ErrReadOnly) {
		t.Errorf("a viewer signs an upload: %v", err)
	}
	if down, err := viewer.SignDownload(ctx, "files/u1", attrs.Generation, "a", "image/png", time.Minute); err != nil {
		t.Errorf("a viewer signs a download: %v", err)
	} else if code, _, _ := send(t, down, "", nil); code != http.StatusOK {
		t.Errorf("a viewer downloads: HTTP %d", code)
	}

	if err := write(ctx, bucket.Object("files/u1"), "other"); err != nil {
		t.Fatal(err)
	}
	if code, _, body := send(t, down, "", nil); code != http.StatusNotFound {
		t.Errorf("the download of what was replaced: HTTP %d %q", code, body)
	}
}

func signRefuses(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	bucket := w.Grant(t, w.Acme.Editor).Bucket()
	for _, object := range []string{"", ".", "..", "../x", "a/../b", "a//b", "/a", "a/", "a\nb", "a\x00", "\xff", strings.Repeat("a", 1025)} {
		if _, err := bucket.SignUpload(ctx, object, "image/png", 5, time.Minute); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("object %q: got %v, want ErrDenied", object, err)
		}
	}
	for _, ttl := range []time.Duration{0, -time.Second, 15*time.Minute + 1, 168 * time.Hour} {
		if _, err := bucket.SignUpload(ctx, "a", "image/png", 5, ttl); err == nil {
			t.Errorf("signed an upload for %v", ttl)
		}
		if _, err := bucket.SignDownload(ctx, "a", 1, "a", "image/png", ttl); err == nil {
			t.Errorf("signed a download for %v", ttl)
		}
	}
	for _, kind := range []string{"", "image", "image/png\r\nx-goog-acl: public-read", "image/png\n", "a b/c", "/"} {
		if _, err := bucket.SignUpload(ctx, "a", kind, 5, time.Minute); err == nil {
			t.Errorf("signed an upload of type %q", kind)
		}
		if _, err := bucket.SignDownload(ctx, "a", 1, "a", kind, time.Minute); err == nil {
			t.Errorf("signed a download as type %q", kind)
		}
	}
	for _, generation := range []int64{0, -1} {
		if _, err := bucket.SignDownload(ctx, "a", generation, "a", "image/png", time.Minute); err == nil {
			t.Errorf("signed a download of generation %d", generation)
		}
	}
	for _, size := range []int64{-1, 5<<40 + 1} {
		if _, err := bucket.SignUpload(ctx, "a", "image/png", size, time.Minute); err == nil {
			t.Errorf("signed an upload of %d bytes", size)
		}
	}
}

// An emulator variable that appears after the start does not move a signed request elsewhere.
func signIgnoresEnvironment(t *testing.T, w *vendingtest.World) {
	t.Setenv("STORAGE_EMULATOR_HOST", "evil.example:80")
	s, err := w.Grant(t, w.Acme.Editor).Bucket().SignUpload(t.Context(), "a", "image/png", 5, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.URL, w.Endpoints.Storage+"/"+w.Acme.Bucket+"/a?") {
		t.Errorf("signed %v for another host", s)
	}
}

// Whatever a file is called, the header is one line that a standard reader takes back to the same
// name.
func TestAttachment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		header := vending.Attachment(name)
		if strings.IndexFunc(header, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
			t.Fatalf("%q is not plain ASCII", header)
		}
		kind, params, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" || len(params) != 1 {
			t.Fatalf("%q: %s %v, %v", header, kind, params, err)
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\uFFFD' {
				return '_'
			}
			return r
		}, strings.ToValidUTF8(name, "_"))
		if params["filename"] != want {
			t.Fatalf("%q is read as %q, want %q", header, params["filename"], want)
		}
	})
}

// TestPreviewsAreOfTypesThatNeverRun: whatever a caller asks for.
func TestPreviewsAreOfTypesThatNeverRun(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	bucket := w.Grant(t, w.Acme.Viewer).Bucket()
	for _, kind := range []string{
		"", "text/html", "text/plain", "text/plain; charset=utf-7", "image/svg+xml", "application/pdf", "application/xhtml+xml", "image/png, text/html",
		"text/xml", "IMAGE/SVG+XML", "multipart/mixed",
	} {
		if s, err := bucket.SignPreview(t.Context(), "files/u1", 1, kind, time.Minute); err == nil {
			t.Errorf("%q is signed to be shown: %s", kind, s.URL)
		}
	}
	if _, err := bucket.SignPreview(t.Context(), "files/u1", 0, "image/png", time.Minute); err == nil {
		t.Error("whatever generation there is is signed to be shown")
	}
	if _, err := bucket.SignPreview(t.Context(), "../other/u1", 1, "image/png", time.Minute); err == nil {
		t.Error("another place is signed to be shown")
	}
	for _, kind := range vending.PreviewTypes() {
		if _, err := bucket.SignPreview(t.Context(), "files/u1", 1, kind, time.Minute); err != nil {
			t.Errorf("%q: %v", kind, err)
		}
	}
}
