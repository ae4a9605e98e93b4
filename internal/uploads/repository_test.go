package uploads_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestRepository runs on one local cloud with two tenants, in silos and then in a pool, for
// starting it is the dear part.
func TestRepository(t *testing.T) { vendingtest.EachIsolation(t, testRepository) }

func testRepository(t *testing.T, w *vendingtest.World) {
	for name, story := range map[string]func(*testing.T, *vendingtest.World){
		"a file goes in and comes out":      roundTrip,
		"what is kept cannot run":           activeContent,
		"completing before it is there":     completeTooEarly,
		"only what was announced":           onlyTheAnnounced,
		"a browser that never came back":    settleArrived,
		"a file that never came":            giveUp,
		"sent again after the deletion":     sentAgain,
		"sent while it is deleted":          sentMeanwhile,
		"headers that nobody signed":        unsignedHeaders,
		"abandoned":                         abandoned,
		"a deletion cut short":              deletionCutShort,
		"deleted while completing":          deletedWhileCompleting,
		"newest first, in parts":            newestFirst,
		"a viewer reads":                    viewerReads,
		"another tenant's file":             foreignFile,
		"a viewer looks after nothing":      viewerSettlesNothing,
		"many unfinished at once":           manyUnfinished,
		"a file in parts":                   inParts,
		"parts that are none":               partsThatAreNone,
		"parts of a deleted file":           partsDeleted,
		"parts that nobody completed":       partsSettled,
		"parts that stay away":              partsGivenUp,
		"parts completed by several":        twoComplete,
		"as large as a part":                oneRequest,
		"an intent that is not acceptable":  badIntent,
		"a deleted file leaves nothing yet": tombstoneSaysNothing,
	} {
		t.Run(name, func(t *testing.T) { story(t, w) })
	}
}

// desk is what one person has before them.
type desk struct {
	*uploads.Repository
	grant vending.Grant
}

func sit(t testing.TB, w *vendingtest.World, p vendingtest.Person) desk {
	t.Helper()
	g := w.Grant(t, p)
	return desk{uploads.NewRepository(g), g}
}

// announce makes a pending upload of content.
func (d desk) announce(t *testing.T, name, contentType, content string) (uploads.Upload, vending.SignedRequest) {
	t.Helper()
	u, signed, err := d.Create(t.Context(), uploads.Intent{Name: name, Size: int64(len(content)), ContentType: contentType}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return u, signed
}

// put announces and sends content, and completes nothing.
func (d desk) put(t *testing.T, name, content string) (uploads.Upload, vending.SignedRequest) {
	t.Helper()
	u, signed := d.announce(t, name, "text/plain", content)
	if resp, body := send(t, signed, content); resp.StatusCode != http.StatusOK {
		t.Fatalf("sending: %s %s", resp.Status, body)
	}
	return u, signed
}

// store puts and completes.
func (d desk) store(t *testing.T, name, content string) uploads.Upload {
	t.Helper()
	u, _ := d.put(t, name, content)
	u, err := d.Complete(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// erase deletes a file for good: it is put into the bin, and deleted there.
func (d desk) erase(t *testing.T, id uploads.ID) error {
	t.Helper()
	if b, err := d.Bin(t.Context(), id); err != nil || b.At.IsZero() {
		return err
	}
	return d.Delete(t.Context(), id)
}

func (d desk) record(u uploads.Upload) *firestore.DocumentRef {
	return d.grant.Database().Collection("uploads").Doc(u.ID.String())
}

// edit changes fields of the record behind the repository's back, for a state that a crash or a day
// would have left.
func (d desk) edit(t *testing.T, u uploads.Upload, fields map[string]any) {
	t.Helper()
	if _, err := d.record(u).Set(t.Context(), fields, firestore.MergeAll); err != nil {
		t.Fatal(err)
	}
}

// exists reports what there is of an upload. An empty object, which keeps the place of a deleted
// one, is none of its.
func (d desk) exists(t *testing.T, u uploads.Upload) (object, place, record bool) {
	t.Helper()
	attrs, err := d.grant.Bucket().Object(uploads.Object(u.ID)).Attrs(t.Context())
	if err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
		t.Fatal(err)
	}
	snap, _ := d.record(u).Get(t.Context())
	return err == nil && attrs.Size > 0, err == nil, snap.Exists()
}

func send(t *testing.T, r vending.SignedRequest, content string, edits ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.Method, r.URL, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	for _, edit := range edits {
		edit(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func roundTrip(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	content := strings.Repeat("All hands to the pumps.\n", 10_000)
	u, _ := editor.put(t, "log book.txt", content)
	if u.State != uploads.Pending || u.Owner != w.Acme.Editor.ID || u.OwnerEmail != w.Acme.Editor.Email || u.Generation != 0 {
		t.Errorf("announced: %+v", u)
	}
	stored, err := editor.Complete(t.Context(), u.ID)
	if err != nil || stored.State != uploads.Stored || stored.Generation == 0 || stored.CRC32C == 0 || stored.Stored.IsZero() {
		t.Fatalf("completed: %+v, %v", stored, err)
	}
	if again, err := editor.Complete(t.Context(), u.ID); err != nil || again != stored {
		t.Errorf("completed again: %+v, %v", again, err)
	}
	if got, err := editor.Get(t.Context(), u.ID); err != nil || got != stored {
		t.Errorf("read: %+v, %v", got, err)
	}

	signed, err := sit(t, w, w.Acme.Viewer).Download(t.Context(), u.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	resp, body := send(t, signed, "")
	if resp.StatusCode != http.StatusOK || !bytes.Equal([]byte(body), []byte(content)) {
		t.Errorf("downloaded: %s, %d bytes", resp.Status, len(body))
	}
	if got := resp.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || !strings.Contains(got, "log book.txt") {
		t.Errorf("Content-Disposition: %s", got)
	}

	if err := editor.erase(t, u.ID); err != nil {
		t.Fatal(err)
	}
	_, err = editor.Get(t.Context(), u.ID)
	want(t, "reading a deleted file", err, uploads.ErrNotFound)
	_, err = editor.Download(t.Context(), u.ID, false)
	want(t, "downloading a deleted file", err, uploads.ErrNotFound)
	_, err = editor.Complete(t.Context(), u.ID)
	want(t, "completing a deleted file", err, uploads.ErrNotFound)
	if object, _, _ := editor.exists(t, u); object {
		t.Error("the object of a deleted file is still there")
	}
	if resp, body := send(t, signed, ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a download that was signed before: %s %q", resp.Status, body)
	}
}

// unsignedHeaders: the sender adds headers that Cloud Storage keeps although nobody signed them.
// Once the file is stored, downloads are answered without them.
func unsignedHeaders(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	settled := func(u uploads.Upload) (uploads.Upload, error) {
		if err := editor.Settle(t.Context()); err != nil {
			return uploads.Upload{}, err
		}
		return editor.Get(t.Context(), u.ID)
	}
	completed := func(u uploads.Upload) (uploads.Upload, error) { return editor.Complete(t.Context(), u.ID) }
	for name, finish := range map[string]func(uploads.Upload) (uploads.Upload, error){"completed": completed, "settled": settled} {
		u, signed := editor.announce(t, "a.txt", "text/plain", "no gzip")
		resp, body := send(t, signed, "no gzip", func(r *http.Request) {
			r.Header.Set("Content-Encoding", "gzip")
			r.Header.Set("Content-Language", "tlh")
			r.Header.Set("Content-Disposition", "inline")
			r.Header.Set("Cache-Control", "public, max-age=31536000")
		})
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("sending: %s %s", resp.Status, body)
		}
		if attrs, err := editor.grant.Bucket().Object(uploads.Object(u.ID)).Attrs(t.Context()); err != nil || attrs.ContentEncoding != "gzip" {
			t.Fatalf("the headers are not kept at all, so this shows nothing: %+v, %v", attrs, err)
		}
		stored, err := finish(u)
		if err != nil || stored.State != uploads.Stored {
			t.Fatalf("%s: %+v, %v", name, stored, err)
		}
		attrs, err := editor.grant.Bucket().Object(uploads.Object(u.ID)).Attrs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if kept := attrs.ContentEncoding + attrs.ContentLanguage + attrs.ContentDisposition + attrs.CacheControl; kept != "" {
			t.Errorf("%s: the object keeps %q", name, kept)
		}
		download, err := editor.Download(t.Context(), u.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		resp, body = send(t, download, "")
		if resp.Header.Get("Content-Encoding") != "" || strings.Contains(resp.Header.Get("Cache-Control"), "public") || body != "no gzip" {
			t.Errorf("%s: downloaded %q with %v", name, body, resp.Header)
		}
	}
}

func activeContent(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	for _, active := range []string{"text/html", "image/svg+xml", "text/javascript", "application/xhtml+xml"} {
		const page = "<script>alert(1)</script>"
		u, signed := editor.announce(t, "page.html", active, page)
		if resp, body := send(t, signed, page); resp.StatusCode != http.StatusOK {
			t.Fatalf("sending: %s %s", resp.Status, body)
		}
		if _, err := editor.Complete(t.Context(), u.ID); err != nil {
			t.Fatal(err)
		}
		download, err := editor.Download(t.Context(), u.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		resp, _ := send(t, download, "")
		if got := resp.Header.Get("Content-Type"); got != "application/octet-stream" {
			t.Errorf("%s is answered as %s", active, got)
		}
		if got := resp.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
			t.Errorf("%s is answered %s", active, got)
		}
	}
}

func completeTooEarly(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	u, _ := editor.announce(t, "a.txt", "text/plain", "hello")
	_, err := editor.Complete(t.Context(), u.ID)
	want(t, "completing", err, uploads.ErrNotUploaded)
	_, err = editor.Download(t.Context(), u.ID, false)
	want(t, "downloading", err, uploads.ErrNotUploaded)
	if got, err := editor.Get(t.Context(), u.ID); err != nil || got.State != uploads.Pending {
		t.Errorf("afterwards: %+v, %v", got, err)
	}
}

func onlyTheAnnounced(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	u, signed := editor.announce(t, "a.txt", "text/plain", "hello")
	for name, bend := range map[string]func(*vending.SignedRequest) string{
		"longer":       func(*vending.SignedRequest) string { return "hello, world" },
		"shorter":      func(*vending.SignedRequest) string { return "hell" },
		"another type": func(r *vending.SignedRequest) string { r.Headers["Content-Type"] = "text/html"; return "hello" },
		"another name": func(r *vending.SignedRequest) string {
			r.URL = strings.Replace(r.URL, u.ID.String(), uploads.NewID().String(), 1)
			return "hello"
		},
	} {
		bent := signed
		bent.Headers = make(map[string]string)
		for k, v := range signed.Headers {
			bent.Headers[k] = v
		}
		content := bend(&bent)
		if resp, _ := send(t, bent, content); resp.StatusCode < 400 {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	if resp, body := send(t, signed, "hello"); resp.StatusCode != http.StatusOK {
		t.Fatalf("as announced: %s %s", resp.Status, body)
	}
	if resp, _ := send(t, signed, "HELLO"); resp.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("a second time: %s", resp.Status)
	}
	editor.edit(t, u, map[string]any{"size": 6})
	_, err := editor.Complete(t.Context(), u.ID)
	want(t, "another size than announced", err, uploads.ErrMismatch)
}

func newestFirst(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Onboard(t, "umbrella", tenant.US).Editor)
	var all []string
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		u, _ := editor.announce(t, name, "", "x")
		all = append([]string{name}, all...)
		if name == "3" {
			if err := editor.erase(t, u.ID); err != nil {
				t.Fatal(err)
			}
			all = all[1:]
		}
	}
	for limit := 1; limit <= 6; limit++ {
		var got []string
		cursor := uploads.Cursor{}
		for range 10 {
			page, err := editor.List(t.Context(), cursor, limit)
			if err != nil || len(page.Items) > limit {
				t.Fatalf("%d in a part of %d, %v", len(page.Items), limit, err)
			}
			for _, u := range page.Items {
				got = append(got, u.Name)
			}
			if page.Next == (uploads.Cursor{}) {
				break
			}
			if cursor, err = uploads.ParseCursor(page.Next.String()); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, all) {
			t.Errorf("in parts of %d: %v, want %v", limit, got, all)
		}
	}
}

func viewerReads(t *testing.T, w *vendingtest.World) {
	u := sit(t, w, w.Acme.Editor).store(t, "a.txt", "hello")
	viewer := sit(t, w, w.Acme.Viewer)
	if _, err := viewer.Get(t.Context(), u.ID); err != nil {
		t.Errorf("reading: %v", err)
	}
	if page, err := viewer.List(t.Context(), uploads.Cursor{}, 0); err != nil || len(page.Items) == 0 {
		t.Errorf("listing: %d, %v", len(page.Items), err)
	}
	_, _, err := viewer.Create(t.Context(), uploads.Intent{Name: "b.txt", Size: 1}, nil)
	want(t, "creating", err, uploads.ErrForbidden)
	_, err = viewer.Complete(t.Context(), u.ID)
	want(t, "completing", err, uploads.ErrForbidden)
	want(t, "deleting", viewer.Delete(t.Context(), u.ID), uploads.ErrForbidden)

	// With the repository's own check out of the way, the grant still refuses.
	_, err = viewer.record(u).Delete(t.Context())
	want(t, "deleting the record past the repository", err, vending.ErrReadOnly)
	want(t, "deleting the object past the repository", viewer.grant.Bucket().Object(uploads.Object(u.ID)).Delete(t.Context()), vending.ErrReadOnly)
}

func foreignFile(t *testing.T, w *vendingtest.World) {
	theirs := sit(t, w, w.Globex.Editor).store(t, "secret.txt", "secret")
	editor := sit(t, w, w.Acme.Editor)
	for name, id := range map[string]uploads.ID{"globex's": theirs.ID, "nobody's": uploads.NewID(), "the zero": {}} {
		_, getErr := editor.Get(t.Context(), id)
		_, completeErr := editor.Complete(t.Context(), id)
		_, downloadErr := editor.Download(t.Context(), id, false)
		for verb, err := range map[string]error{
			"reading": getErr, "completing": completeErr, "downloading": downloadErr, "deleting": editor.Delete(t.Context(), id),
		} {
			if err != uploads.ErrNotFound {
				t.Errorf("%s %s: %v", verb, name, err)
			}
		}
	}
	if got, err := sit(t, w, w.Globex.Viewer).Get(t.Context(), theirs.ID); err != nil || got != theirs {
		t.Errorf("globex's file afterwards: %+v, %v", got, err)
	}
}

func badIntent(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	_, _, err := editor.Create(t.Context(), uploads.Intent{Name: "../x", Size: 1}, nil)
	want(t, "a folder in the name", err, uploads.ErrInvalid)
	_, _, err = editor.Create(t.Context(), uploads.Intent{Name: "x", Size: uploads.MaxSize + 1}, nil)
	want(t, "too large", err, uploads.ErrTooLarge)
}
