package secondfactor

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// operators is the collection of operators' factors in the control plane.
const operators = "operatorfactors"

// Operators is where operators' factors stand: in the control plane, for operators belong to no
// tenant. Safe for concurrent use; it keeps nothing of anybody.
type Operators struct{ db *firestore.Client }

// NewOperators returns the place of operators' factors in db, the control plane's database.
func NewOperators(db *firestore.Client) *Operators { return &Operators{db} }

// At returns where the factors of one operator stand. label is what an app and a passkey call the
// account.
func (o *Operators) At(user tenant.UserID, label string) Place {
	return Place{
		Owner: Owner{User: user, Label: label},
		Doc:   o.db.Collection(operators).Doc(user.String()),
		Transact: func(ctx context.Context, f func(context.Context, *firestore.Transaction) error) error {
			return o.db.RunTransaction(ctx, f)
		},
	}
}
