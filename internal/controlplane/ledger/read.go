package ledger

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Query selects rows of the ledger, newest first. The zero query selects the newest of all.
type Query struct {
	Decision Decision  // empty: all
	Tenant   tenant.ID // zero: all; for operators alone
	Before   string    // the ID of the last row of an earlier part; empty: from the newest
	Limit    int       // at most 200; 0: 50
}

// Page is a part of the ledger. Next is what Before of the following query is; empty at the end.
type Page struct {
	Rows []Row
	Next string
}

// ErrQuery reports a query that no page of ours asks: of an unknown decision, or after a row that is none.
var ErrQuery = errors.New("ledger: malformed query of the ledger")

// rowTime is how a row's ID begins: the time to the microsecond, which is what the database keeps.
const rowTime = "20060102T150405.000000"

var rowID = regexp.MustCompile(`^\d{8}T\d{6}\.\d{6}-[A-Z2-7]{10}$`)

const (
	pageSize = 50
	maxPage  = 200
)

// Read reads rows, and asks nobody's permission: package tenancy does, for those who are let in.
// ErrQuery, or the error of the database.
func (l *Ledger) Read(ctx context.Context, q Query) (Page, error) {
	if q.Limit <= 0 || q.Limit > maxPage {
		q.Limit = pageSize
	}
	find := l.db.Collection(rowCollection).OrderBy("time", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	if !q.Tenant.IsZero() {
		find = find.Where("tenant", "==", q.Tenant.String())
	}
	switch q.Decision {
	case "":
	case Vended, Denied, Failed:
		find = find.Where("decision", "==", string(q.Decision))
	default:
		return Page{}, ErrQuery
	}
	if q.Before != "" {
		at, err := timeOfRow(q.Before)
		if err != nil {
			return Page{}, err
		}
		find = find.StartAfter(at, q.Before)
	}
	docs, err := find.Limit(q.Limit + 1).Documents(ctx).GetAll()
	if err != nil {
		return Page{}, fmt.Errorf("ledger: ledger: %w", err)
	}
	var page Page
	if len(docs) > q.Limit {
		docs = docs[:q.Limit]
		page.Next = docs[q.Limit-1].Ref.ID
	}
	for _, d := range docs {
		r := Row{ID: d.Ref.ID}
		if err := d.DataTo(&r); err != nil {
			return Page{}, fmt.Errorf("ledger: ledger row %s: %w", d.Ref.ID, err)
		}
		page.Rows = append(page.Rows, r)
	}
	return page, nil
}

func timeOfRow(id string) (time.Time, error) {
	if !rowID.MatchString(id) {
		return time.Time{}, ErrQuery
	}
	at, err := time.Parse(rowTime, id[:len(rowTime)])
	if err != nil {
		return time.Time{}, ErrQuery
	}
	return at, nil
}

// Alert is a record of somebody reaching across, which a person has to look at.
type Alert struct {
	Row    Row       `firestore:"row"`
	Open   bool      `firestore:"open"`
	By     string    `firestore:"by"`     // the operator who closed it
	Closed time.Time `firestore:"closed"` // when
}

// ErrNoAlert reports an alert that does not exist.
var ErrNoAlert = errors.New("ledger: no such alert")

// OpenAlerts reads the open alerts, newest first, at most 200. It asks nobody's permission, as Read.
func (l *Ledger) OpenAlerts(ctx context.Context) ([]Alert, error) {
	docs, err := l.db.Collection(alertCollection).Where("open", "==", true).
		OrderBy("row.time", firestore.Desc).Limit(maxPage).Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("ledger: alerts: %w", err)
	}
	alerts := make([]Alert, len(docs))
	for i, d := range docs {
		if err := d.DataTo(&alerts[i]); err != nil {
			return nil, fmt.Errorf("ledger: alert %s: %w", d.Ref.ID, err)
		}
		alerts[i].Row.ID = d.Ref.ID
	}
	return alerts, nil
}

// CloseAlert notes that the operator by has seen to an alert. One that is closed already stays as it
// is. It asks nobody's permission, as Read. ErrNoAlert, or the error of the database.
func (l *Ledger) CloseAlert(ctx context.Context, by tenant.UserID, id string) error {
	if !rowID.MatchString(id) {
		return ErrNoAlert
	}
	ref := l.db.Collection(alertCollection).Doc(id)
	err := l.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		doc, err := tx.Get(ref)
		if err != nil {
			return err
		}
		if open, err := doc.DataAt("open"); err != nil || open != true {
			return err
		}
		return tx.Update(ref, []firestore.Update{
			{Path: "open", Value: false},
			{Path: "by", Value: by.String()},
			{Path: "closed", Value: l.now().UTC()},
		})
	})
	switch {
	case status.Code(err) == codes.NotFound:
		return ErrNoAlert
	case err != nil:
		return fmt.Errorf("ledger: alert %s: %w", id, err)
	}
	return nil
}
