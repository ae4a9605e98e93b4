package uploads_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// The stories of what is left behind, by a crash or by a day. TestRepository tells them.

func settleArrived(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Globex.Editor)
	u, _ := editor.put(t, "a.txt", "hello")
	if err := editor.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := editor.Get(t.Context(), u.ID); err != nil || got.State != uploads.Stored || got.Generation == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func giveUp(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Globex.Editor)
	u, _ := editor.announce(t, "a.txt", "text/plain", "hello")
	if err := editor.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := editor.Get(t.Context(), u.ID); err != nil {
		t.Errorf("given up at once: %v", err)
	}
	editor.edit(t, u, map[string]any{"created": time.Now().Add(-25 * time.Hour), "due": time.Now().Add(-time.Second)})
	if err := editor.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, record := editor.exists(t, u); record {
		t.Error("not given up after a day")
	}
}

// abandoned: nobody sent the file while it could be begun. It is no longer said to be on its way,
// and still is stored if it arrives after all.
func abandoned(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Globex.Editor)
	u, signed := editor.announce(t, "a.txt", "text/plain", "hello")
	editor.edit(t, u, map[string]any{"created": time.Now().Add(-16 * time.Minute)})
	if got, err := editor.Get(t.Context(), u.ID); err != nil || got.State != uploads.Unfinished {
		t.Errorf("read: %+v, %v", got, err)
	}
	page, err := editor.List(t.Context(), uploads.Cursor{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(page.Items, func(x uploads.Upload) bool { return x.ID == u.ID }); i < 0 || page.Items[i].State != uploads.Unfinished {
		t.Errorf("listed: %d of %+v", i, page.Items)
	}
	if resp, body := send(t, signed, "hello"); resp.StatusCode != http.StatusOK { // begun in time, by its own clock
		t.Fatalf("sending: %s %s", resp.Status, body)
	}
	if got, err := editor.Complete(t.Context(), u.ID); err != nil || got.State != uploads.Stored {
		t.Errorf("arrived after all: %+v, %v", got, err)
	}
}

// sentAgain: whoever holds the signed request sends the file once more after it was deleted.
func sentAgain(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Globex.Editor)
	u, signed := editor.put(t, "a.txt", "hello")
	never, unsent := editor.announce(t, "b.txt", "text/plain", "hello")
	for _, u := range []uploads.Upload{u, never} {
		if err := editor.erase(t, u.ID); err != nil {
			t.Fatal(err)
		}
	}
	for name, request := range map[string]vending.SignedRequest{"again": signed, "for the first time": unsent} {
		if resp, body := send(t, request, "hello"); resp.StatusCode != http.StatusPreconditionFailed {
			t.Errorf("sending a deleted file %s: %s %s, want 412", name, resp.Status, body)
		}
	}
	_, err := editor.Complete(t.Context(), u.ID)
	want(t, "completing", err, uploads.ErrNotFound)
	for _, u := range []uploads.Upload{u, never} {
		editor.edit(t, u, map[string]any{"due": time.Now().Add(-time.Second)})
	}
	if err := editor.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, u := range []uploads.Upload{u, never} {
		if object, place, record := editor.exists(t, u); object || place || record {
			t.Errorf("left behind: object %v, its place %v, record %v", object, place, record)
		}
	}
}

// sentMeanwhile: the transfer was begun before the deletion and ends after it.
func sentMeanwhile(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	u, signed := editor.announce(t, "a.txt", "text/plain", "hello")
	body, begun := io.Pipe()
	answer := make(chan *http.Response, 1)
	go func() {
		defer close(answer)
		resp, _ := send(t, signed, "", func(r *http.Request) { r.Body, r.ContentLength = body, 5 })
		answer <- resp
	}()
	if _, err := begun.Write([]byte("he")); err != nil {
		t.Fatal(err)
	}
	if err := editor.erase(t, u.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := begun.Write([]byte("llo")); err != nil {
		t.Fatal(err)
	}
	_ = begun.Close()
	if resp := <-answer; resp == nil || resp.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("the transfer ends with %+v, want 412", resp)
	}
	if object, _, _ := editor.exists(t, u); object {
		t.Error("the file of a deleted upload is there")
	}
}

// deletionCutShort: the program ended after the record was marked and before the object was
// removed.
func deletionCutShort(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	u := editor.store(t, "a.txt", "hello")
	editor.edit(t, u, map[string]any{"state": "deleting"})
	if err := editor.erase(t, u.ID); err != nil {
		t.Fatal(err)
	}
	if object, _, _ := editor.exists(t, u); object {
		t.Error("the object is still there")
	}
	if err := editor.erase(t, u.ID); err != nil {
		t.Errorf("once more: %v", err)
	}
}

func deletedWhileCompleting(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	for range 20 {
		u, _ := editor.put(t, "a.txt", "hello")
		done := make(chan error, 1)
		go func() {
			_, err := editor.Complete(t.Context(), u.ID)
			done <- err
		}()
		if err := editor.erase(t, u.ID); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil && !errors.Is(err, uploads.ErrNotFound) && !errors.Is(err, uploads.ErrNotUploaded) && !errors.Is(err, uploads.ErrBinned) {
			t.Errorf("completing: %v", err)
		}
		_, err := editor.Get(t.Context(), u.ID)
		want(t, "afterwards", err, uploads.ErrNotFound)
	}
}

func viewerSettlesNothing(t *testing.T, w *vendingtest.World) {
	u, _ := sit(t, w, w.Acme.Editor).put(t, "a.txt", "hello")
	viewer := sit(t, w, w.Acme.Viewer)
	if err := viewer.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := viewer.Get(t.Context(), u.ID); err != nil || got.State != uploads.Pending {
		t.Errorf("%+v, %v", got, err)
	}
}

// manyUnfinished: uploads that never arrive must not keep Settle from ever reaching one that did.
func manyUnfinished(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Onboard(t, "initech", tenant.US).Editor)
	for range 40 {
		editor.announce(t, "never.txt", "", "x")
	}
	u, _ := editor.put(t, "a.txt", "hello")
	for range 3 { // a few are looked at each time
		if err := editor.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := editor.Get(t.Context(), u.ID); err != nil || got.State != uploads.Stored {
		t.Errorf("%+v, %v", got, err)
	}
}

func tombstoneSaysNothing(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	u := editor.store(t, "personal.txt", "hello")
	if err := editor.erase(t, u.ID); err != nil {
		t.Fatal(err)
	}
	snap, err := editor.record(u).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for field := range snap.Data() {
		if !slices.Contains([]string{"state", "created", "due"}, field) {
			t.Errorf("remembers %s", field)
		}
	}
}
