package document

import (
	"context"
	"errors"
	"log/slog"
)

// ErrUnreadable reports a stored record that this version of the program cannot read: it was
// written by a later one, or it is spoilt. It is a fault of ours and never of whoever asked, so it
// wraps nothing that parsing the record returned.
var ErrUnreadable = errors.New("document: a stored record cannot be read")

// Unreadable is ErrUnreadable of one record. It names the record and says what of it is wrong, and
// holds nothing that the record says.
type Unreadable struct {
	Collection string
	ID         string
	Fault      string // "role", or "form" if it is not even of the record's form
}

func (e *Unreadable) Error() string {
	return ErrUnreadable.Error() + ": " + e.Collection + "/" + e.ID + ": " + e.Fault
}

// Is reports whether target is ErrUnreadable.
func (e *Unreadable) Is(target error) bool { return target == ErrUnreadable }

// Skipped reports whether err is that of an unreadable record, which a list leaves out and a queue
// puts aside: one record must not take the others with it. It writes the line by which somebody
// learns of it. Any other error is not for skipping.
func Skipped(ctx context.Context, err error) bool {
	u, ok := errors.AsType[*Unreadable](err)
	if ok {
		slog.ErrorContext(ctx, "a stored record cannot be read and is left out",
			"collection", u.Collection, "record", u.ID, "fault", u.Fault)
	}
	return ok
}
