package ledger

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	batchSize    = 100 // rows written at once
	writeTimeout = 10 * time.Second
	writeTries   = 3
)

// write stores the rows together. If the database takes them not because of what they are, it
// stores them one by one, so that one bad row costs no other.
func (l *Ledger) write(batch []job) {
	err := l.try(batch)
	if err != nil && len(batch) > 1 && ofARow(err) {
		for i := range batch {
			err := l.try(batch[i : i+1])
			if err != nil && !ofARow(err) { // there is no use in trying the others
				l.end(batch[i:], err)
				return
			}
			l.end(batch[i:i+1], err)
		}
		return
	}
	l.end(batch, err)
}

// end notes that rows are stored, or lost because of err.
func (l *Ledger) end(batch []job, err error) {
	for _, j := range batch {
		l.queue.finish(j, err == nil)
	}
	if err != nil {
		l.log.Error("ledger: rows are not stored", "rows", len(batch), "lost", l.Lost(), "error", err)
	}
}

// ofARow reports whether the database, or its client, refused something for its content. A text
// that is not UTF-8 fails as Internal before it is sent.
func ofARow(err error) bool {
	code := status.Code(err)
	return code == codes.InvalidArgument || code == codes.Internal
}

// try stores the rows, or none of them. It tries again what may pass. Their identifiers are the
// same at each try, so that one that succeeded without our hearing of it does not store them twice.
func (l *Ledger) try(batch []job) (err error) {
	for n := range writeTries {
		select {
		case <-time.After(time.Duration(n) * 200 * time.Millisecond):
		case <-l.ctx.Done():
			return l.ctx.Err()
		}
		if err = l.store(batch); err == nil || status.Code(err) == codes.InvalidArgument {
			return err
		}
	}
	return err
}

func (l *Ledger) store(batch []job) error {
	ctx, cancel := context.WithTimeout(l.ctx, writeTimeout)
	defer cancel()
	return l.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		for _, j := range batch {
			if err := l.set(tx, j); err != nil {
				return err
			}
		}
		return nil
	})
}

// set writes a row, and its alert. Of an alert that is stored already it writes the row alone: who
// closed it meanwhile stays known.
func (l *Ledger) set(tx *firestore.Transaction, j job) error {
	if err := tx.Set(l.db.Collection(rowCollection).Doc(j.row.ID), j.row); err != nil || !j.row.Alert {
		return err
	}
	ref := l.db.Collection(alertCollection).Doc(j.row.ID)
	if j.stored {
		grown := map[string]any{"row": map[string]any{"count": j.row.Count, "last": j.row.Last}}
		return tx.Set(ref, grown, firestore.Merge(firestore.FieldPath{"row", "count"}, firestore.FieldPath{"row", "last"}))
	}
	return tx.Set(ref, Alert{Row: j.row, Open: true})
}
