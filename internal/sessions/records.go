package sessions

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

const (
	// NoteEvery is how often at most it is noted that a session is in use.
	NoteEvery = 5 * time.Minute
	// MaxSessions is how many records are kept of a person; the oldest make room.
	MaxSessions = 64

	maxAddress = 64 // bytes
)

// Use is how a session is being used.
type Use struct {
	Agent   string // the User-Agent
	Address string // of the client
	Program bool   // over the API
}

type record struct {
	Began   time.Time `firestore:"began"`
	Seen    time.Time `firestore:"seen"`
	Device  string    `firestore:"device"`
	Address string    `firestore:"address"`
	Way     string    `firestore:"way"`
	Program bool      `firestore:"program"`
}

// all is the document of one person: their sessions by their identifiers.
type all struct {
	Sessions map[string]record `firestore:"sessions"`
}

func refOf(g vending.Grant, u tenant.UserID) *firestore.DocumentRef {
	return g.Database().Collection(location.Sessions).Doc(u.String())
}

// Begin notes that the grant's session has begun, and forgets records that are too old or too many.
// tenant.ErrInvalid for a caller who has no session; otherwise the database's errors.
func Begin(ctx context.Context, g vending.Grant, use Use) error {
	known, err := read(ctx, g, g.Principal().User())
	if err != nil {
		return err
	}
	fields, err := fieldsOf(g, use)
	if err != nil {
		return err
	}
	slices.SortFunc(known, func(a, b Session) int { return b.Began.Compare(a.Began) })
	for i, s := range known {
		if _, same := fields[s.ID.String()]; !same && (i >= MaxSessions-1 || g.Now().Sub(s.Began) > tenant.MaxSession) {
			fields[s.ID.String()] = firestore.Delete
		}
	}
	return merge(ctx, g, g.Principal().User(), fields)
}

// Note notes that the grant's session is in use, by one write that reads nothing. Errors are those
// of Begin.
func Note(ctx context.Context, g vending.Grant, use Use) error {
	fields, err := fieldsOf(g, use)
	if err != nil {
		return err
	}
	return merge(ctx, g, g.Principal().User(), fields)
}

// fieldsOf is the record of the grant's session, under its identifier.
func fieldsOf(g vending.Grant, use Use) (map[string]any, error) {
	p := g.Principal()
	if p.User().IsZero() || p.SignedIn().IsZero() {
		return nil, tenant.Invalid("record of no session")
	}
	address := use.Address
	if len(address) > maxAddress {
		address = ""
	}
	return map[string]any{IDOf(p.Tenant(), p.User(), p.SignedIn()).String(): map[string]any{
		"began": p.SignedIn(), "seen": document.Time(g.Now()), "device": Device(use.Agent), "address": address,
		"way": p.Way().String(), "program": use.Program,
	}}, nil
}

func merge(ctx context.Context, g vending.Grant, u tenant.UserID, fields map[string]any) error {
	_, err := refOf(g, u).Set(ctx, map[string]any{"sessions": fields}, firestore.MergeAll)
	return err
}

// Forget removes the record of a session of the person. It ends nothing.
func Forget(ctx context.Context, g vending.Grant, u tenant.UserID, ids ...ID) error {
	fields := map[string]any{}
	for _, id := range ids {
		fields[id.String()] = firestore.Delete
	}
	if len(fields) == 0 {
		return nil
	}
	return merge(ctx, g, u, fields)
}

// ForgetAll removes what is recorded of the person's sessions. It ends nothing.
func ForgetAll(ctx context.Context, g vending.Grant, u tenant.UserID) error {
	_, err := refOf(g, u).Delete(ctx)
	return err
}

// List returns the recorded sessions of the person that the limits have not ended, the one used
// last first. document.ErrUnreadable for a record that is spoilt, and the database's errors.
func List(ctx context.Context, g vending.Grant, u tenant.UserID, limits authpolicy.SessionLimits) ([]Session, error) {
	known, err := read(ctx, g, u)
	if err != nil {
		return nil, err
	}
	now := g.Now()
	known = slices.DeleteFunc(known, func(s Session) bool {
		seen := s.Seen.Add(NoteEvery) // it may have been used since
		if s.Program {
			seen = now
		}
		return limits.Over(s.Began, seen, now)
	})
	slices.SortFunc(known, func(a, b Session) int {
		return cmp.Or(b.Seen.Compare(a.Seen), b.Began.Compare(a.Began))
	})
	return known, nil
}

func read(ctx context.Context, g vending.Grant, u tenant.UserID) ([]Session, error) {
	doc, err := refOf(g, u).Get(ctx)
	if status.Code(err) == codes.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sessions: read: %w", err)
	}
	unreadable := &document.Unreadable{Collection: location.Sessions, ID: doc.Ref.ID, Fault: "form"}
	var stored all
	if doc.DataTo(&stored) != nil {
		return nil, unreadable
	}
	var known []Session
	for id, r := range stored.Sessions {
		s := Session{
			ID: IDOf(g.Tenant(), u, r.Began), Began: r.Began, Seen: r.Seen, Device: r.Device, Address: r.Address, Program: r.Program,
		}
		way, err := authpolicy.ParseWay(r.Way)
		if err != nil && r.Way != (authpolicy.Way{}).String() || s.ID.String() != id {
			return nil, unreadable
		}
		s.Way = way
		known = append(known, s)
	}
	return known, nil
}
