package uploads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// The kinds of job. What Pub/Sub says of a file becomes a job of its tenant, so that it is done
// once at a time, waits where it fails, and can be looked at by operators.
const (
	ArrivedKind = "object-arrived"   // Cloud Storage says that a file has arrived
	MovedKind   = "inspection-moved" // the Adapter says how far it has come
	OpenKind    = "file-opened"      // the Adapter asks for a file
	SettleKind  = "uploads-settle"   // what nobody finished is looked at
)

// ArrivedPurpose is what a job of ArrivedKind may touch, and one of MovedKind.
func ArrivedPurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{location.Uploads: guard.Read | guard.Write}, Objects: guard.Read | guard.Write}
}

// SettlePurpose is what a job of SettleKind may touch, and one of EmptyKind.
func SettlePurpose() vending.Purpose {
	p := ArrivedPurpose()
	p.Collections[location.Usage] = guard.Read | guard.Write
	return p
}

// OpenPurpose is what a job of OpenKind may touch.
func OpenPurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{location.Uploads: guard.Read}, Objects: guard.Read}
}

// Arrived is the payload of a job of ArrivedKind. Which generation has arrived, the bucket says.
type Arrived struct {
	Upload string `json:"upload"`
}

func payloadOf(payload []byte, to any) error {
	if err := json.Unmarshal(payload, to); err != nil {
		return fmt.Errorf("%w: the payload is not JSON", jobs.ErrGiveUp)
	}
	return nil
}

// DoArrived does a job of ArrivedKind: a file that was announced and has arrived is stored. An
// object that was not announced, is another than was announced, or is gone again is left to Settle.
func DoArrived(ctx context.Context, g vending.Grant, payload []byte) error {
	var a Arrived
	if err := payloadOf(payload, &a); err != nil {
		return err
	}
	return arrived(ctx, g, a.Upload)
}

// arrived stores a file that has arrived, if it is not stored yet.
func arrived(ctx context.Context, g vending.Grant, upload string) error {
	id, err := ParseID(upload)
	if err != nil {
		return nil // no name of ours
	}
	r := NewRepository(g)
	u, err := r.Get(ctx, id)
	if err != nil || u.State == Stored {
		return unlessOvertaken(err)
	}
	attrs, err := r.attrs(ctx, id)
	switch {
	case errors.Is(err, ErrNotUploaded):
		return nil
	case err != nil:
		return err
	case attrs.Size != u.Size:
		return nil
	}
	_, err = r.markStored(ctx, id, attrs)
	return unlessOvertaken(err)
}

// DoMoved does a job of MovedKind, whose payload is the data of an event. Whoever inspects a
// generation has seen it: should the word that the file has arrived come later, this is that word.
func DoMoved(ctx context.Context, g vending.Grant, payload []byte) error {
	var d events.Data
	if err := payloadOf(payload, &d); err != nil {
		return err
	}
	if d.Generation != 0 {
		if err := arrived(ctx, g, d.Upload); err != nil {
			return err
		}
	}
	return NewRepository(g).Moved(ctx, d)
}

// DoOpen does a job of OpenKind that whoever asked for the file has left behind: nobody waits for
// it.
func DoOpen(context.Context, vending.Grant, []byte) error { return nil }

// settleEvery is how far apart the jobs of SettleKind are. What was lost is found within about
// twice that.
const settleEvery = 5 * time.Minute

// settleGrace is how long after its time such a job is due: by then no request goes on that wrote
// something to be looked at before.
const settleGrace = 2 * time.Minute

// DoSettle does a job of SettleKind: it looks at everything that is due, and sees to it that
// somebody looks at what is due later.
func DoSettle(ctx context.Context, g vending.Grant, _ []byte) error {
	r := NewRepository(g)
	for {
		n, err := r.settleSome(ctx)
		if err != nil {
			return err
		}
		if n < settleAtOnce {
			break
		}
	}
	if err := r.fill(ctx); err != nil {
		return err
	}
	if err := r.recount(ctx); err != nil {
		return err
	}
	docs, err := r.db.Collection(collection).OrderBy("due", firestore.Asc).Limit(1).Documents(ctx).GetAll()
	if err != nil {
		return fmt.Errorf("uploads: settle: %w", err)
	}
	for _, d := range docs {
		due, err := d.DataAt("due")
		if at, ok := due.(time.Time); err == nil && ok {
			return r.settleAt(ctx, at)
		}
	}
	return nil
}

// settling remembers which jobs of SettleKind this process has asked for.
var settling = vending.NewMemory[int64, bool]("uploads: jobs that settle", vending.MemoryOptions{Entries: 64, Life: settleEvery})

// settleAt asks for a job of SettleKind at the first of their times after due, and at least a grace
// after now. It comes before whatever is to be looked at is written.
func (r *Repository) settleAt(ctx context.Context, due time.Time) error {
	if now := r.now(); due.Before(now) {
		due = now
	}
	at := due.Truncate(settleEvery).Add(settleEvery)
	known := settling.Of(r.grant)
	if there, _, err := known.Get(ctx, at.Unix()); err != nil || there {
		return err
	}
	_, err := r.grant.IntendAt(ctx, SettleKind, "settle-"+strconv.FormatInt(at.Unix(), 10), at.Add(settleGrace), struct{}{})
	if err == nil {
		err = known.Put(ctx, at.Unix(), true)
	}
	return err
}
