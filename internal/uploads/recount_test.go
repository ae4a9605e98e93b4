package uploads_test

import (
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestRecount: the job counts what was never counted, and what cannot be read is counted anew.
func TestRecount(t *testing.T) { vendingtest.EachIsolation(t, testRecount) }

func testRecount(t *testing.T, w *vendingtest.World) {
	const quota = 1000
	r := room(t, w, quota, nil)(w.Acme.Editor)
	if _, err := announce(t.Context(), r, 300); err != nil {
		t.Fatal(err)
	}
	recount := func(after time.Duration) {
		t.Helper()
		later := func() time.Time { return time.Now().Add(after) }
		if err := uploads.Recount(t.Context(), room(t, w, quota, later)(w.Acme.Editor)); err != nil {
			t.Fatal(err)
		}
	}
	usage := w.Grant(t, w.Acme.Editor).Database().Collection("usage")
	spoil := func(data map[string]any) {
		t.Helper()
		docs, err := usage.Documents(t.Context()).GetAll()
		if err != nil || len(docs) == 0 {
			t.Fatalf("%d documents, %v", len(docs), err)
		}
		for _, d := range docs {
			if data == nil {
				_, err = d.Ref.Delete(t.Context())
			} else {
				_, err = d.Ref.Set(t.Context(), data, firestore.MergeAll)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}

	spoil(nil)
	wantUsed(t, "nothing was ever counted", r, 0)
	if err := uploads.DoSettle(t.Context(), w.Job(t, uploads.SettleKind, w.Acme), nil); err != nil {
		t.Fatal(err)
	}
	wantUsed(t, "it is counted", r, 300)
	if _, err := announce(t.Context(), r, 701); !errors.Is(err, uploads.ErrQuota) {
		t.Errorf("more than there is room: %v", err)
	}

	spoil(map[string]any{"bytes": 100})
	wantUsed(t, "the count is wrong", r, 800)
	recount(time.Minute)
	wantUsed(t, "it was counted a minute ago", r, 800)
	recount(2 * time.Hour)
	wantUsed(t, "it is counted again", r, 300)

	err := uploads.CountAround(t.Context(), r, 7, func() {
		if _, err := announce(t.Context(), r, 5); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantUsed(t, "a file came while the records were summed", r, 305)
	if err := uploads.CountAround(t.Context(), r, 305, func() {}); err != nil {
		t.Fatal(err)
	}

	spoil(map[string]any{"bytes": "many"})
	if _, err := announce(t.Context(), r, 1); !errors.Is(err, uploads.ErrUncounted) {
		t.Errorf("a count that cannot be read: %v", err)
	}
	page, err := r.List(t.Context(), uploads.Cursor{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range page.Items {
		if err := erase(t.Context(), r, u.ID); err != nil {
			t.Errorf("a file cannot be deleted for want of a count: %v", err)
		}
	}
	recount(0)
	wantUsed(t, "it is counted anew", r, 0)
}
