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

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
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

// OfTenant reads the rows of p's own tenant, whatever q.Tenant says. It is for the tenant's admins: tenant.ErrForbidden
// for anybody else, and the error of p.Check. ErrQuery, or the error of the database.
func (l *Ledger) OfTenant(ctx context.Context, p tenancy.Principal, q Query) (Page, error) {
	if !p.May(tenant.AccessRead) || p.Tenant().IsZero() {
		return Page{}, tenant.ErrForbidden
	}
	if err := p.Check(ctx); err != nil {
		return Page{}, err
	}
	q.Tenant = p.Tenant()
	return l.Read(ctx, q)
}

// All reads the rows of every tenant, or of q.Tenant. The error of o.Check, ErrQuery, or the
// error of the database.
func (l *Ledger) All(ctx context.Context, o tenancy.Operator, q Query) (Page, error) {
	if err := o.Check(ctx); err != nil {
		return Page{}, err
	}
	return l.Read(ctx, q)
}

// rowTime is how a row's ID begins: the time to the microsecond, which is what the database keeps.
const rowTime = "20060102T150405.000000"

var rowID = regexp.MustCompile(`^\d{8}T\d{6}\.\d{6}-[A-Z2-7]{10}$`)

const (
	pageSize = 50
	maxPage  = 200
)

// Read reads rows, and asks nobody's permission: it is for the doors that do. ErrQuery, or the error of the database.
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

// OpenAlerts reads the open alerts, newest first, at most 200. The error of o.Check, or that of the
// database.
func (l *Ledger) OpenAlerts(ctx context.Context, o tenancy.Operator) ([]Alert, error) {
	if err := o.Check(ctx); err != nil {
		return nil, err
	}
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

// CloseAlert notes that the operator has seen to an alert. One that is closed already stays as it is. The error
// of o.Check, ErrNoAlert, or the error of the database.
func (l *Ledger) CloseAlert(ctx context.Context, o tenancy.Operator, id string) error {
	if err := o.Check(ctx); err != nil {
		return err
	}
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
			{Path: "by", Value: o.User().String()},
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
