package uploads_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
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
	if _, record := editor.exists(t, u); record {
		t.Error("not given up after a day")
	}
}

// sentAgain: whoever holds the signed request sends the file once more after it was deleted.
func sentAgain(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Globex.Editor)
	u, signed := editor.put(t, "a.txt", "hello")
	if err := editor.Delete(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if resp, body := send(t, signed, "hello"); resp.StatusCode != http.StatusOK {
		t.Fatalf("sending again: %s %s", resp.Status, body)
	}
	_, err := editor.Complete(t.Context(), u.ID)
	want(t, "completing", err, uploads.ErrNotFound)
	editor.edit(t, u, map[string]any{"due": time.Now().Add(-time.Second)})
	if err := editor.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if object, record := editor.exists(t, u); object || record {
		t.Errorf("left behind: object %v, record %v", object, record)
	}
}

// deletionCutShort: the program ended after the record was marked and before the object was removed.
func deletionCutShort(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	u := editor.store(t, "a.txt", "hello")
	editor.edit(t, u, map[string]any{"state": "deleting"})
	if err := editor.Delete(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if object, _ := editor.exists(t, u); object {
		t.Error("the object is still there")
	}
	if err := editor.Delete(t.Context(), u.ID); err != nil {
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
		if err := editor.Delete(t.Context(), u.ID); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil && !errors.Is(err, uploads.ErrNotFound) && !errors.Is(err, uploads.ErrNotUploaded) {
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
	if err := editor.Delete(t.Context(), u.ID); err != nil {
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
