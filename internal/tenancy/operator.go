package tenancy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/recordcache"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// OperatorSession is how long after signing in an operator must sign in again.
const OperatorSession = 8 * time.Hour

// Operator is a verified operator of the platform: somebody of no tenant who is on the list of
// operators. Only Operators makes one; the zero Operator is refused everywhere. An Operator is no
// Principal, so nothing is vended to one: operators run the tenants, and cannot read what is
// theirs.
type Operator struct{ o *operator }

type operator struct {
	list     *Operators
	user     tenant.UserID
	email    string
	signedIn time.Time
	expires  time.Time
}

// Check reports whether the operator still stands: the token is in force, and the list has them.
// ErrUnauthenticated, ErrUnavailable.
func (o Operator) Check(ctx context.Context) error {
	if o.o == nil {
		return errZero
	}
	return o.o.list.check(ctx, o.o)
}

// User is the operator's identifier; zero for the zero Operator.
func (o Operator) User() tenant.UserID {
	if o.o == nil {
		return tenant.UserID{}
	}
	return o.o.user
}

// Email is the operator's verified address.
func (o Operator) Email() string {
	if o.o == nil {
		return ""
	}
	return o.o.email
}

// Expires is when the operator's token expires.
func (o Operator) Expires() time.Time {
	if o.o == nil {
		return time.Time{}
	}
	return o.o.expires.Add(-idtoken.Leeway)
}

// String names the operator.
func (o Operator) String() string {
	if o.o == nil {
		return "nobody"
	}
	return "operator/" + o.o.user.String()
}

// LogValue names the operator without any secret.
func (o Operator) LogValue() slog.Value { return slog.StringValue(o.String()) }

// Operators is the list of operators in the control plane's database, and the door that it keeps.
// What is changed there is seen within 5 s, and in this process at once.
type Operators struct {
	verifier *idtoken.Verifier
	db       *firestore.Client
	now      func() time.Time
	records  *recordcache.Cache[tenant.UserID, operatorRecord]
}

// operatorRecord is stored in operators/<user id>.
type operatorRecord struct {
	Email string    `firestore:"email"` // for people to read
	Since time.Time `firestore:"since"` // sessions begun up to then are over; by the database's clock
}

// NewOperators returns the list in the database "platform". now is the clock; nil: time.Now.
func NewOperators(v *Verifier, db *firestore.Client, now func() time.Time) *Operators {
	if now == nil {
		now = time.Now
	}
	o := &Operators{verifier: v.tokens, db: db, now: now}
	o.records = recordcache.New(now, o.read)
	return o
}

// Authenticate turns an ID token into an Operator: ErrUnauthenticated unless it verifies, is of no
// tenant, began within OperatorSession, and its user is on the list; ErrUnavailable.
func (o *Operators) Authenticate(ctx context.Context, token string) (Operator, error) {
	verified, err := o.verifier.Verify(ctx, token)
	if err != nil {
		return Operator{}, err
	}
	t, ok := verified.(*idtoken.Operator)
	if !ok {
		return Operator{}, errNoOperator
	}
	p := &operator{list: o, user: t.User, email: t.Email, signedIn: t.SignedIn, expires: t.Expires.Add(idtoken.Leeway)}
	if over := t.SignedIn.Add(OperatorSession); over.Before(p.expires) {
		p.expires = over
	}
	if err := o.check(ctx, p); err != nil {
		return Operator{}, err
	}
	return Operator{p}, nil
}

var errNoOperator = tenant.Unauthenticated("not an operator")

func (o *Operators) check(ctx context.Context, p *operator) error {
	if !o.now().Before(p.expires) {
		return idtoken.ErrExpired
	}
	known, err := o.records.Get(ctx, p.user)
	switch {
	case errors.Is(err, recordcache.ErrAbsent):
		return errNoOperator
	case err != nil:
		return err
	case !p.signedIn.After(known.Since):
		return errRevoked
	}
	return nil
}

// Admit puts a user of no tenant on the list; who is on it already stays as they are. It is for
// whoever sets the platform up: an operator admits nobody. ErrInvalid, ErrUnavailable.
func (o *Operators) Admit(ctx context.Context, u tenant.UserID, email string) error {
	if u.IsZero() {
		return tenant.Invalid("operator")
	}
	r := operatorRecord{Email: email}
	switch _, err := o.record(u).Create(ctx, r); {
	case status.Code(err) == codes.AlreadyExists:
		return nil
	case err != nil:
		return tenant.Unavailable("operators", err)
	}
	o.records.Put(u, r)
	return nil
}

// SignOut ends all of the operator's sessions: at once in this process, within 5 s in every other.
// ErrUnavailable.
func (o *Operators) SignOut(ctx context.Context, p Operator) error {
	if p.o == nil {
		return errZero
	}
	return o.end(ctx, p.o.user, p.o.email)
}

// SignOutOf is SignOut for whoever holds an operator's ID token, which may have expired or been
// revoked. ErrUnauthenticated if the token does not verify or its user is not on the list: then
// there is nothing to end. ErrUnavailable.
func (o *Operators) SignOutOf(ctx context.Context, token string) error {
	verified, err := o.verifier.VerifyExpired(ctx, token)
	if err != nil {
		return err
	}
	t, ok := verified.(*idtoken.Operator)
	if !ok {
		return errNoOperator
	}
	return o.end(ctx, t.User, t.Email)
}

// end ends all sessions of the operator that were begun up to now.
func (o *Operators) end(ctx context.Context, u tenant.UserID, email string) error {
	// The time is the database's, as that of a revocation is: a token's times are by Google's
	// clock. An update, for who has been taken off the list must not come back by signing out.
	written, err := o.record(u).Update(ctx, []firestore.Update{{Path: "since", Value: firestore.ServerTimestamp}})
	switch {
	case status.Code(err) == codes.NotFound:
		return errNoOperator
	case err != nil:
		return tenant.Unavailable("operators", err)
	}
	o.records.Put(u, operatorRecord{Email: email, Since: written.UpdateTime})
	return nil
}

func (o *Operators) record(u tenant.UserID) *firestore.DocumentRef {
	return o.db.Collection("operators").Doc(u.String())
}

func (o *Operators) read(ctx context.Context, u tenant.UserID) (r operatorRecord, err error) {
	doc, err := o.record(u).Get(ctx)
	if err != nil {
		return r, recordcache.ReadError(err)
	}
	if err := doc.DataTo(&r); err != nil {
		return r, tenant.Unavailable("operators", fmt.Errorf("record of %s: %w", u, err))
	}
	return r, nil
}
