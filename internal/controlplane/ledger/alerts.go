package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Alert is a record of somebody reaching across, which a person has to look at.
type Alert struct {
	Row    Row       `firestore:"row"`
	Open   bool      `firestore:"open"`
	By     string    `firestore:"by"`     // the operator who closed it
	Email  string    `firestore:"email"`  // of that operator; empty in old records
	Closed time.Time `firestore:"closed"` // when
}

// Closer is the operator who closes alerts.
type Closer struct {
	User  tenant.UserID
	Email string
}

// AlertGroup is alerts of one subject for one reason, newest first. It has at least one.
type AlertGroup []Alert

// Times is how many attempts the group stands for.
func (g AlertGroup) Times() (n int64) {
	for _, a := range g {
		n += a.Row.Times()
	}
	return n
}

// AlertGroups is a part of the open alerts. Next is what before of the following part is; empty at
// the end.
type AlertGroups struct {
	Groups []AlertGroup // by their newest alert, newest first
	Next   string
}

// AlertPage is a part of the closed alerts. Next is what before of the following part is; empty at
// the end.
type AlertPage struct {
	Alerts []Alert
	Next   string
}

const (
	groupsShown = 25 // groups that make a part
	groupReads  = 5  // reads of 200 alerts that are made to find as many
)

// MaxClosed is how many alerts are closed at once.
const MaxClosed = groupReads * maxPage

// ErrNoAlert reports an alert that does not exist.
var ErrNoAlert = errors.New("ledger: no such alert")

// OpenAlerts reads the open alerts, newest first, those of one subject for one reason as one group:
// about 25 groups, of the 1,000 alerts that come after the alert before, which is empty at the
// beginning. It asks nobody's permission, as Read. ErrQuery, or the error of the database.
func (l *Ledger) OpenAlerts(ctx context.Context, before string) (AlertGroups, error) {
	find := l.db.Collection(alertCollection).Where("open", "==", true).
		OrderBy("row.time", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	found := AlertGroups{Next: before}
	place := map[string]int{}
	for range groupReads {
		page, err := l.alerts(ctx, find, found.Next, maxPage)
		if err != nil {
			return AlertGroups{}, err
		}
		for _, a := range page.Alerts {
			same := a.Row.Tenant + "\x00" + a.Row.Subject + "\x00" + a.Row.Reason
			at, ok := place[same]
			if !ok {
				at = len(found.Groups)
				place[same] = at
				found.Groups = append(found.Groups, nil)
			}
			found.Groups[at] = append(found.Groups[at], a)
		}
		if found.Next = page.Next; found.Next == "" || len(found.Groups) >= groupsShown {
			break
		}
	}
	return found, nil
}

// ClosedAlerts reads the closed alerts, the last closed first: 50 of those that come after the
// alert before, which is empty at the beginning. It asks nobody's permission, as Read. ErrQuery, or
// the error of the database.
func (l *Ledger) ClosedAlerts(ctx context.Context, before string) (AlertPage, error) {
	find := l.db.Collection(alertCollection).Where("open", "==", false).
		OrderBy("closed", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	return l.alerts(ctx, find, before, pageSize)
}

// alerts reads a part of what find finds. An alert that cannot be read is reported, and hides no
// other.
func (l *Ledger) alerts(ctx context.Context, find firestore.Query, before string, most int) (AlertPage, error) {
	if before != "" {
		if !rowID.MatchString(before) {
			return AlertPage{}, ErrQuery
		}
		last, err := l.db.Collection(alertCollection).Doc(before).Get(ctx)
		switch {
		case status.Code(err) == codes.NotFound:
			return AlertPage{}, ErrQuery
		case err != nil:
			return AlertPage{}, fmt.Errorf("ledger: alert %s: %w", before, err)
		}
		find = find.StartAfter(last)
	}
	docs, err := find.Limit(most + 1).Documents(ctx).GetAll()
	if err != nil {
		return AlertPage{}, fmt.Errorf("ledger: alerts: %w", err)
	}
	var page AlertPage
	if len(docs) > most {
		docs = docs[:most]
		page.Next = docs[most-1].Ref.ID
	}
	for _, d := range docs {
		var a Alert
		if err := d.DataTo(&a); err != nil {
			l.log.ErrorContext(ctx, "ledger: an alert cannot be read", "alert", d.Ref.ID, "error", err)
			continue
		}
		a.Row.ID = d.Ref.ID
		page.Alerts = append(page.Alerts, a)
	}
	return page, nil
}

// CloseAlerts notes that the operator by has seen to alerts, at most MaxClosed, and returns how
// many of them were open. One that is closed already stays as it is. It asks nobody's permission,
// as Read.
//
// ErrNoAlert, and nothing is closed, if one of them cannot be an alert; ErrNoAlert, too, if one
// does not exist; ErrQuery for too many; or the error of the database. Some may be closed when it
// fails: call it again.
func (l *Ledger) CloseAlerts(ctx context.Context, by Closer, ids ...string) (closed int, err error) {
	if len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return !rowID.MatchString(id) }) {
		return 0, ErrNoAlert
	}
	if len(ids) > MaxClosed {
		return 0, ErrQuery
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, batchSize) {
		n, err := l.closePart(ctx, by, part)
		closed += n
		if err != nil {
			return closed, err
		}
	}
	return closed, nil
}

// closePart closes what a transaction can.
func (l *Ledger) closePart(ctx context.Context, by Closer, ids []string) (closed int, err error) {
	refs := make([]*firestore.DocumentRef, len(ids))
	for i, id := range ids {
		refs[i] = l.db.Collection(alertCollection).Doc(id)
	}
	err = l.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		closed = 0
		docs, err := tx.GetAll(refs)
		if err != nil {
			return err
		}
		for _, d := range docs {
			if !d.Exists() {
				return ErrNoAlert
			}
			if open, err := d.DataAt("open"); err != nil || open != true {
				continue
			}
			closed++
			err := tx.Update(d.Ref, []firestore.Update{
				{Path: "open", Value: false},
				{Path: "by", Value: by.User.String()},
				{Path: "email", Value: Text(by.Email)},
				{Path: "closed", Value: l.now().UTC()},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, ErrNoAlert):
		return 0, ErrNoAlert
	case err != nil:
		return 0, fmt.Errorf("ledger: close alerts: %w", err)
	}
	return closed, nil
}
