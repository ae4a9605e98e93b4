package ledger

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"cloud.google.com/go/firestore"

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

// ErrQuery reports a query that no page of ours asks: of an unknown decision, or after a row that
// is none.
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
		if err := d.DataTo(&r); err != nil { // one that cannot be read hides no other
			l.log.ErrorContext(ctx, "ledger: a row cannot be read", "row", d.Ref.ID, "error", err)
			continue
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
