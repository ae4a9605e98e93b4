package tenancy_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// operatorClaims are those of somebody of no tenant.
func operatorClaims(i *tenancytest.Issuer, user string) tenancytest.Claims {
	c := i.Claims("", user)
	delete(c["firebase"].(tenancytest.Claims), "tenant")
	return c
}

func TestOperators(t *testing.T) {
	w := newWorld(t)
	list := func() *tenancy.Operators { return tenancy.NewOperators(w.issuer.Verifier(t), w.open(t), w.clock.now) }
	one, other := list(), list()
	if err := one.Admit(t.Context(), tenancytest.UserID(t, "olga"), "olga@example.com"); err != nil {
		t.Fatal(err)
	}
	sound := w.issuer.Sign(operatorClaims(w.issuer, "olga"))
	custom := operatorClaims(w.issuer, "olga")
	custom["firebase"].(tenancytest.Claims)["sign_in_provider"] = "custom"
	for _, c := range []struct {
		who   string
		token string
		want  error
	}{
		{"olga, on the list", sound, nil},
		{"mallory, who is not", w.issuer.Sign(operatorClaims(w.issuer, "mallory")), tenant.ErrUnauthenticated},
		{"acme's olga, before the exchange", w.issuer.Initial(w.acme, "olga"), tenant.ErrUnauthenticated},
		{"acme's admin olga", w.issuer.Exchanged(w.acme, "olga", tenant.Admin), tenant.ErrUnauthenticated},
		{"olga with a custom token", w.issuer.Sign(custom), tenant.ErrUnauthenticated},
		{"olga with a tenant's claim", w.issuer.Sign(operatorClaims(w.issuer, "olga").Set("tn", w.acme.ID.String())), tenant.ErrUnauthenticated},
		{"olga, unverified", w.issuer.Sign(operatorClaims(w.issuer, "olga").Set("email_verified", false)), tenant.ErrUnauthenticated},
		{"olga, of this morning", w.issuer.Sign(operatorClaims(w.issuer, "olga").Set("auth_time", w.clock.now().Add(-tenancy.OperatorSession).Unix())), tenant.ErrUnauthenticated},
		{"nobody", "", tenant.ErrUnauthenticated},
	} {
		o, err := one.Authenticate(t.Context(), c.token)
		if !errors.Is(err, c.want) || (o == tenancy.Operator{}) != (c.want != nil) {
			t.Errorf("%s: %v, %v; want %v", c.who, o, err, c.want)
		}
	}
	for name, door := range w.doors() {
		if _, err := door(t.Context(), tenant.SelectSlug(w.acme.Slug), sound); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("an operator at acme's door, by %s: %v", name, err)
		}
	}
	if _, err := w.auth.SignIn(t.Context(), tenant.SelectSlug(w.acme.Slug), sound); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an operator signing in to acme: %v", err)
	}

	o, err := one.Authenticate(t.Context(), sound)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := other.Authenticate(t.Context(), sound)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.SignOut(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := o.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("signed out: %v", err)
	}
	w.clock.advance(5 * time.Second) // what another process may remember
	if err := elsewhere.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("signed out, in another process: %v", err)
	}
	later := w.issuer.Sign(operatorClaims(w.issuer, "olga"))
	if _, err := other.Authenticate(t.Context(), later); err != nil {
		t.Errorf("signed in again: %v", err)
	}
}

// TestOperatorTakenOffTheList: they are out, and signing out does not put them back.
func TestOperatorTakenOffTheList(t *testing.T) {
	w := newWorld(t)
	list := tenancy.NewOperators(w.issuer.Verifier(t), w.db, w.clock.now)
	if err := list.Admit(t.Context(), tenancytest.UserID(t, "olga"), "olga@example.com"); err != nil {
		t.Fatal(err)
	}
	o, err := list.Authenticate(t.Context(), w.issuer.Sign(operatorClaims(w.issuer, "olga")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Collection("operators").Doc("olga").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(5 * time.Second)
	if err := o.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("off the list: %v", err)
	}
	if err := list.SignOut(t.Context(), o); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("signing out: %v", err)
	}
	w.clock.advance(5 * time.Second)
	if err := o.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("signing out put them back: %v", err)
	}
	var none tenancy.Operator
	if err := errors.Join(none.Check(t.Context()), list.SignOut(t.Context(), none)); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("the zero operator: %v", err)
	}
	if got := fmt.Sprint(none, o, none.User(), none.Email()); got != "nobody operator/olga " {
		t.Errorf("prints as %q", got)
	}
}
