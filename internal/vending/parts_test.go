package vending_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestParts tries uploads in parts against the cloud: what is signed, and what is not.
func TestParts(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, func(t *testing.T, w *vendingtest.World) {
		t.Run("one object", func(t *testing.T) { partsMake(t, w) })
		t.Run("what is refused", func(t *testing.T) { partsRefuse(t, w) })
	})
}

const wholePart = 5 << 20 // bytes: the least that a part has which others follow

func begin(t *testing.T, b vending.Bucket, object string) string {
	t.Helper()
	upload, err := b.BeginParts(t.Context(), object, "image/png")
	if err != nil {
		t.Fatal(err)
	}
	return upload
}

func part(t *testing.T, b vending.Bucket, object, upload string, number int, size int64) vending.SignedRequest {
	t.Helper()
	s, err := b.SignPart(t.Context(), object, upload, number, size, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func partsMake(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	bucket := w.Grant(t, w.Acme.Editor).Bucket()
	first := strings.Repeat("a", wholePart)
	upload := begin(t, bucket, "files/parts")
	good := part(t, bucket, "files/parts", upload, 1, wholePart)

	u, err := url.Parse(good.URL)
	if err != nil {
		t.Fatal(err)
	}
	if id := u.Query().Get("X-Goog-Credential"); !strings.HasPrefix(id, w.Acme.ServiceAccount+"/") {
		t.Errorf("signed as %s, want the tenant's account", id)
	}
	another := begin(t, bucket, "files/another")
	for name, change := range map[string]func(*http.Request){
		"another number": func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "partNumber=1", "partNumber=2", 1)
		},
		"another upload": func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, upload, another, 1) },
		"another object": func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, "parts", "another", 1) },
		"another bucket": func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, w.Acme.Bucket, w.Globex.Bucket, 1) },
		"another method": func(r *http.Request) { r.Method = http.MethodDelete },
		"no size":        func(r *http.Request) { r.Header.Del("x-goog-content-length-range") },
		"completing":     func(r *http.Request) { r.Method = http.MethodPost },
	} {
		if code, _, _ := send(t, good, first, change); code != http.StatusForbidden && code != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d", name, code)
		}
	}
	if code, _, _ := send(t, good, first+"a", nil); code < 400 {
		t.Errorf("more bytes than signed: HTTP %d", code)
	}
	if code, _, body := send(t, good, first, nil); code != http.StatusOK {
		t.Fatalf("a part: HTTP %d %s", code, body)
	}
	if code, _, body := send(t, part(t, bucket, "files/parts", upload, 2, 3), "end", nil); code != http.StatusOK {
		t.Fatalf("the last part: HTTP %d %s", code, body)
	}
	all, err := bucket.ListParts(ctx, "files/parts", upload)
	if err != nil || len(all) != 2 || all[0].Number != 1 || all[0].Size != wholePart || all[1].Size != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := bucket.CompleteParts(ctx, "files/parts", upload, []vending.Part{all[0], {Number: 2, Size: 3, ETag: `"x"`}}); !errors.Is(err, vending.ErrParts) {
		t.Errorf("another part than was listed: %v, want ErrParts", err)
	}
	generation, err := bucket.CompleteParts(ctx, "files/parts", upload, all)
	if err != nil {
		t.Fatal(err)
	}
	attrs, err := bucket.Object("files/parts").Attrs(ctx)
	if err != nil || attrs.Generation != generation || attrs.Size != wholePart+3 || attrs.ContentType != "image/png" {
		t.Errorf("%+v, %v", attrs, err)
	}
	if _, err := bucket.CompleteParts(ctx, "files/parts", upload, all); !errors.Is(err, vending.ErrNoParts) {
		t.Errorf("completing again: %v, want ErrNoParts", err)
	}

	signed := part(t, bucket, "files/another", another, 1, 3)
	if err := bucket.AbortParts(ctx, "files/another", another); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := send(t, signed, "end", nil); code != http.StatusNotFound {
		t.Errorf("a part of what was given up: HTTP %d, want 404", code)
	}
	if _, err := bucket.ListParts(ctx, "files/another", another); !errors.Is(err, vending.ErrNoParts) {
		t.Errorf("listing what was given up: %v, want ErrNoParts", err)
	}
}

func partsRefuse(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	ours, theirs := w.Grant(t, w.Acme.Editor).Bucket(), w.Grant(t, w.Globex.Editor).Bucket()
	upload := begin(t, theirs, "files/theirs")
	if code, _, body := send(t, part(t, theirs, "files/theirs", upload, 1, 3), "abc", nil); code != http.StatusOK {
		t.Fatalf("HTTP %d %s", code, body)
	}
	// Another tenant's upload is none of ours, whatever name we give its object.
	for _, object := range []string{"files/theirs", "files/ours", "../" + w.Globex.Bucket + "/files/theirs"} {
		if all, err := ours.ListParts(ctx, object, upload); err == nil {
			t.Errorf("%s: listed %+v", object, all)
		}
		if _, err := ours.CompleteParts(ctx, object, upload, []vending.Part{{Number: 1, ETag: "x"}}); err == nil {
			t.Errorf("%s: completed", object)
		}
		if err := ours.AbortParts(ctx, object, upload); err == nil {
			t.Errorf("%s: given up", object)
		}
		if s, err := ours.SignPart(ctx, object, upload, 1, 3, time.Minute); err == nil {
			if code, _, _ := send(t, s, "xyz", nil); code < 400 {
				t.Errorf("%s: a part was taken: HTTP %d", object, code)
			}
		}
	}
	all, err := theirs.ListParts(ctx, "files/theirs", upload)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	mine := begin(t, ours, "files/mine")
	viewer := w.Grant(t, w.Acme.Viewer).Bucket()
	var zero vending.Bucket
	for name, call := range map[string]func() error{
		"a viewer begins":      func() error { _, err := viewer.BeginParts(ctx, "files/mine", "a/b"); return err },
		"a viewer signs":       func() error { _, err := viewer.SignPart(ctx, "files/mine", mine, 1, 3, time.Minute); return err },
		"a viewer completes":   func() error { _, err := viewer.CompleteParts(ctx, "files/mine", mine, nil); return err },
		"a viewer gives up":    func() error { return viewer.AbortParts(ctx, "files/mine", mine) },
		"nobody begins":        func() error { _, err := zero.BeginParts(ctx, "files/mine", "a/b"); return err },
		"nobody signs":         func() error { _, err := zero.SignPart(ctx, "files/mine", mine, 1, 3, time.Minute); return err },
		"nobody lists":         func() error { _, err := zero.ListParts(ctx, "files/mine", mine); return err },
		"an upload and more":   func() error { _, err := ours.ListParts(ctx, "files/mine", mine+"&versions"); return err },
		"part zero":            func() error { _, err := ours.SignPart(ctx, "files/mine", mine, 0, 3, time.Minute); return err },
		"an object that is up": func() error { _, err := ours.BeginParts(ctx, "../mine", "a/b"); return err },
	} {
		if err := call(); !errors.Is(err, vending.ErrDenied) && !errors.Is(err, vending.ErrReadOnly) && !errors.Is(err, vending.ErrForeign) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	for name, call := range map[string]func() error{
		"an empty part":  func() error { _, err := ours.SignPart(ctx, "files/mine", mine, 1, 0, time.Minute); return err },
		"a long life":    func() error { _, err := ours.SignPart(ctx, "files/mine", mine, 1, 3, time.Hour); return err },
		"a type of none": func() error { _, err := ours.BeginParts(ctx, "files/mine", "a\r\nx-goog-acl: b"); return err },
	} {
		if call() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
