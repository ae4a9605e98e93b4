package vendingtest

import (
	"testing"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Operator is somebody on the list of operators, of no tenant.
type Operator struct {
	ID              tenant.UserID
	Email, Password string
}

// AddOperator makes an operator, as whoever sets the platform up does.
func (w *World) AddOperator(tb testing.TB, email string) Operator {
	tb.Helper()
	o := Operator{Email: email, Password: "password-of-the-operator"}
	account, err := w.Jobs.Identity().CreateUser(tb.Context(),
		new(firebaseauth.UserToCreate).Email(email).EmailVerified(true).Password(o.Password))
	must(tb, err)
	o.ID, err = tenant.ParseUserID(account.UID)
	must(tb, err)
	must(tb, w.Operators.Admit(tb.Context(), o.ID, email))
	return o
}

// Operator signs the operator in.
func (w *World) Operator(tb testing.TB, o Operator) tenancy.Operator {
	tb.Helper()
	verified, err := w.Operators.Authenticate(tb.Context(), w.OperatorToken(tb, o))
	must(tb, err)
	return verified
}

// OperatorToken is the ID token that a sign-in without a tenant gives.
func (w *World) OperatorToken(tb testing.TB, o Operator) string {
	tb.Helper()
	return w.idToken(tb, "signInWithPassword", map[string]any{"email": o.Email, "password": o.Password, "returnSecureToken": true})
}
