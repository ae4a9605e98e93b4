package uploads

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Records of before files were found by name have no nameKey and no beginnings. The list of the
// newest has them all the same. A job of SettleKind fills them in, from the newest to the oldest,
// so the oldest record tells whether that has been done to its end.

// filled remembers of which tenants every record is filled in and counted, or a job asked for that
// does it.
var filled = vending.NewMemory[string, bool]("uploads: records are findable", vending.MemoryOptions{Entries: 1, Life: time.Hour})

// seeFilled asks for a job if records are not filled in or not counted yet.
func (r *Repository) seeFilled(ctx context.Context) error {
	known := filled.Of(r.grant)
	if there, _, err := known.Get(ctx, collection); err != nil || there {
		return err
	}
	missing, err := r.unfilled(ctx)
	if err == nil && !missing {
		missing, err = r.uncounted(ctx)
	}
	if err == nil && missing {
		err = r.settleAt(ctx, r.now())
	}
	if err != nil {
		return err
	}
	return known.Put(ctx, collection, true)
}

// unfilled reports whether the oldest record is not filled in. What remains of a deleted file does
// not count.
func (r *Repository) unfilled(ctx context.Context) (bool, error) {
	docs, err := r.db.Collection(collection).OrderBy("created", firestore.Asc).Limit(settleAtOnce).Documents(ctx).GetAll()
	if err != nil {
		return false, fmt.Errorf("uploads: oldest: %w", err)
	}
	for _, d := range docs {
		if state, _ := d.DataAt("state"); state != string(deleting) {
			return lacksKey(d), nil
		}
	}
	return false, nil
}

func lacksKey(d *firestore.DocumentSnapshot) bool {
	_, err := d.DataAt("nameKey")
	return err != nil
}

// fill fills in every record that is not filled in yet.
func (r *Repository) fill(ctx context.Context) error {
	if missing, err := r.unfilled(ctx); err != nil || !missing {
		return err
	}
	q := document.NewestFirst(r.db.Collection(collection)).Limit(MaxPage)
	for from := q; ; {
		docs, err := from.Documents(ctx).GetAll()
		if err != nil {
			return fmt.Errorf("uploads: fill in: %w", err)
		}
		for _, d := range docs {
			if err := r.fillOne(ctx, d); err != nil {
				return err
			}
		}
		if len(docs) < MaxPage {
			return nil
		}
		from = q.StartAfter(docs[len(docs)-1])
	}
}

// fillOne fills a record in. One that cannot be read gets an empty key, and is left out of lists.
func (r *Repository) fillOne(ctx context.Context, d *firestore.DocumentSnapshot) error {
	rec, err := read(d, nil)
	if !lacksKey(d) || err == nil && State(rec.State) == deleting {
		return nil
	}
	if err != nil && !document.Skipped(ctx, err) {
		return err
	}
	rec = rec.findable()
	_, err = d.Ref.Update(ctx, []firestore.Update{{Path: "nameKey", Value: rec.NameKey}, {Path: "beginnings", Value: rec.Beginnings}},
		firestore.LastUpdateTime(d.UpdateTime))
	return unlessChanged(err)
}
