package uploads_test

import (
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// binEmptied: what is in the bin is gone, and nothing else is.
func binEmptied(t *testing.T, w *vendingtest.World) {
	at := w.Onboard(t, "emptier", tenant.EU)
	editor := sit(t, w, at.Editor)
	kept, back := editor.store(t, "kept.txt", "hello"), editor.bin(t, "back.txt")
	if _, err := editor.Restore(t.Context(), back.ID); err != nil {
		t.Fatal(err)
	}
	a, b := editor.bin(t, "a.txt"), editor.bin(t, "b.txt")
	if n, more, err := editor.Empty(t.Context()); n != 2 || more || err != nil {
		t.Errorf("%d, %v, %v", n, more, err)
	}
	if n, more, err := editor.Empty(t.Context()); n != 0 || more || err != nil {
		t.Errorf("once more: %d, %v, %v", n, more, err)
	}
	for _, u := range []uploads.Upload{a, b} {
		if object, _, _ := editor.exists(t, u); object || editor.state(t, u) != "deleting" {
			t.Errorf("%s is %s, object %v", u.Name, editor.state(t, u), object)
		}
	}
	for _, u := range []uploads.Upload{kept, back} {
		if object, _, _ := editor.exists(t, u); !object || editor.state(t, u) != "stored" {
			t.Errorf("%s is %s, object %v", u.Name, editor.state(t, u), object)
		}
	}
}

// binEmptiedByJob: what is more than one call deletes, a job deletes, also if the call breaks off.
// What is put into the bin later stays there.
func binEmptiedByJob(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	at := w.Onboard(t, "heaped", tenant.US)
	editor := sit(t, w, at.Editor)
	template, err := editor.record(editor.bin(t, "a.txt")).Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const all = 53
	for range all - 1 { // records of files whose objects are gone
		if _, err := editor.grant.Database().Collection("uploads").Doc(uploads.NewID().String()).Set(ctx, template.Data()); err != nil {
			t.Fatal(err)
		}
	}
	if n, more, err := editor.Empty(ctx); n != 50 || !more || err != nil {
		t.Errorf("%d, %v, %v", n, more, err)
	}
	emptied := uploads.Emptied{At: time.Now()}
	later := editor.bin(t, "later.txt")
	job := w.Job(t, uploads.EmptyKind, at)
	for range 2 {
		if err := uploads.DoEmpty(ctx, job, marshal(t, emptied)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := editor.Binned(ctx, uploads.BinCursor{}, 0)
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != later.ID {
		t.Errorf("in the bin: %+v, %v", page, err)
	}
}
