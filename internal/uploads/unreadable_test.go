package uploads_test

import (
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestUnreadableUploadsStopNothing: records that nobody can read stop neither the list nor the
// queue of the others, though they come first and are more than one call looks at.
func TestUnreadableUploadsStopNothing(t *testing.T) {
	vendingtest.EachIsolation(t, unreadableUploads)
}

func unreadableUploads(t *testing.T, w *vendingtest.World) {
	g := w.Grant(t, w.Acme.Editor)
	repo := uploads.NewRepository(g)
	good, _, err := repo.Create(t.Context(), uploads.Intent{Name: "a.txt", Size: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := g.Database().Collection("uploads")
	for i := range 20 {
		id := "no id " + string(rune('a'+i))
		rec := map[string]any{"state": "pending", "created": time.Now().Add(time.Minute), "due": time.Now().Add(-time.Hour)}
		if i%2 == 0 {
			id, rec["state"] = uploads.NewID().String(), "of a later version"
		}
		if _, err := spoilt.Doc(id).Set(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{1, 3, 0} {
		page, err := repo.List(t.Context(), uploads.Cursor{}, limit)
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != good.ID || !page.Next.IsZero() {
			t.Errorf("the list in parts of %d: %+v, %v", limit, page, err)
		}
	}
	obj := g.Bucket().Object(uploads.Object(good.ID)).NewWriter(t.Context())
	if _, err := obj.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := obj.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := repo.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if u, err := repo.Get(t.Context(), good.ID); err != nil || u.State != uploads.Stored {
		t.Errorf("the file that arrived is not settled: %+v, %v", u, err)
	}
}
