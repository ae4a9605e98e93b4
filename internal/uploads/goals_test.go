package uploads_test

import (
	"context"
	"fmt"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// BenchmarkGoals is this package's part of `make bench`: what the first page of a long list reads,
// by the local cloud's count, beside that of a short one.
func BenchmarkGoals(b *testing.B) {
	many := 10_000
	if testing.Short() {
		many = 2000
	}
	w := vendingtest.TwoTenants(b)
	few, crowded := sit(b, w, w.Acme.Editor), sit(b, w, w.Globex.Editor)
	fillWith(b, few, 100)
	fillWith(b, crowded, many)
	const page = 50
	ours, theirs := readsOf(b, crowded, uploads.Query{}, page), readsOf(b, few, uploads.Query{}, page)
	row := rounds.Row{
		Goal: "14", What: fmt.Sprintf("reads of the first page of %d of %d files", page, many), Peer: "of 100 files",
		Ours: fmt.Sprintf("%d reads", ours), Theirs: fmt.Sprintf("%d reads", theirs),
	}
	row.AtMost("ratio", float64(ours)/float64(theirs), 1.2)
	if err := rounds.Emit(row); err != nil {
		b.Fatal(err)
	}
}

// fillWith writes the records of so many stored files, and no object.
func fillWith(b *testing.B, d desk, many int) {
	b.Helper()
	const inOne = 250
	for made := 0; made < many; made += inOne {
		err := d.grant.Database().RunTransaction(b.Context(), func(_ context.Context, tx *firestore.Transaction) error {
			for n := made; n < min(made+inOne, many); n++ {
				intent := uploads.Intent{Name: fmt.Sprintf("report %d.txt", n), Folder: "in", Size: int64(n + 1)}
				if err := tx.Create(d.grant.Database().Collection("uploads").NewDoc(), uploads.Findable(intent, n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
