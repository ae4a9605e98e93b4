package uploads_test

import (
	"context"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// binVerdict: what the inspection says of a file in the bin is there once it is restored, and
// restores nothing.
func binVerdict(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	u := keep(t, editor.Repository, token)
	if _, err := editor.Bin(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	job := w.Job(t, uploads.MovedKind, w.Acme)
	for _, m := range []events.Moved{{Step: events.Inspecting}, {Step: events.Done, Verdict: events.Harmful, Findings: []string{"bomb"}}, {Step: events.Accepted}} {
		if err := uploads.DoMoved(ctx, job, marshal(t, moved(u, m))); err != nil {
			t.Fatal(err)
		}
	}
	other := moved(u, events.Moved{Step: events.Done, Verdict: events.Clean})
	other.Generation++
	if err := uploads.DoMoved(ctx, job, marshal(t, other)); err != nil {
		t.Fatal(err)
	}
	page, err := editor.Binned(ctx, uploads.BinCursor{}, 1)
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != u.ID || page.Items[0].Inspection.Progress != uploads.Harmful {
		t.Fatalf("in the bin: %+v, %v", page, err)
	}
	back, err := editor.Restore(ctx, u.ID)
	if err != nil || back.Inspection.Progress != uploads.Harmful || back.Inspection.Findings != "bomb" {
		t.Errorf("restored: %+v, %v", back.Inspection, err)
	}
	_, err = editor.Download(ctx, u.ID, false)
	want(t, "downloading it", err, uploads.ErrHarmful)
}

// binInspection: an inspection that nothing was heard of while the file was in the bin is not under
// way for ever: its events come again, or its owner can ask again.
func binInspection(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	soon, late := keep(t, editor.Repository, token), keep(t, editor.Repository, token)
	for _, u := range []uploads.Upload{soon, late} {
		if _, err := editor.Bin(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * time.Hour)
	editor.edit(t, late, map[string]any{"was": map[string]any{"stored": past, "inspection": map[string]any{"at": past}}})
	back, err := editor.Restore(ctx, soon.ID)
	if err != nil || back.Inspection.Progress != uploads.Asked || back.Inspection.Deadline.IsZero() {
		t.Errorf("restored in time: %+v, %v", back.Inspection, err)
	}
	if snap, err := editor.record(soon).Get(ctx); err != nil || snap.Data()["due"] == nil {
		t.Errorf("its events do not come again: %v, %v", snap.Data(), err)
	}
	back, err = editor.Restore(ctx, late.ID)
	if err != nil || back.Inspection.Progress != uploads.Silent || !back.Inspection.MayAsk {
		t.Errorf("restored late: %+v, %v", back.Inspection, err)
	}
	if again, err := editor.Inspect(ctx, late.ID, token); err != nil || again.Inspection.Progress != uploads.Asked {
		t.Errorf("asked again: %+v, %v", again.Inspection, err)
	}
}

// binWhileInspecting: the file is put into the bin, or deleted, while its owner asks for an
// inspection. The record stays what it was made.
func binWhileInspecting(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	for what, tt := range map[string]struct {
		do   func(uploads.ID) error
		want error
	}{
		"binned":  {func(id uploads.ID) error { _, err := editor.Bin(ctx, id); return err }, uploads.ErrBinned},
		"deleted": {func(id uploads.ID) error { return editor.erase(t, id) }, uploads.ErrNotFound},
	} {
		u := keep(t, editor.Repository, nil)
		_, err := editor.Inspect(ctx, u.ID, func(ctx context.Context, document string) (string, time.Time, error) {
			if err := tt.do(u.ID); err != nil {
				t.Fatal(err)
			}
			return token(ctx, document)
		})
		want(t, what, err, tt.want)
		if snap, err := editor.record(u).Get(ctx); err != nil || snap.Data()["inspection"] != nil {
			t.Errorf("%s: %v, %v", what, snap.Data(), err)
		}
	}
}
