package tenancy_test

import (
	"errors"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Somebody who has brought about an account that is named as a job, or as an API key, is let in
// nowhere: what they did would be told as what it did.
func TestTokensOfAnAccountThatIsNamedAsNoPerson(t *testing.T) {
	w := newWorld(t)
	for _, user := range []string{tenant.JobUser("inspect").String(), tenant.NewKeyID().User().String()} {
		for door, enter := range w.doors() {
			_, err := enter(t.Context(), tenant.SelectID(w.acme.ID), w.issuer.Exchanged(w.acme, user, tenant.Admin))
			if !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("%s by %s: got %v, want ErrUnauthenticated", user, door, err)
			}
		}
		_, err := w.auth.SignIn(t.Context(), tenant.SelectID(w.acme.ID), w.issuer.Initial(w.acme, user))
		if !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s by sign-in: got %v, want ErrUnauthenticated", user, err)
		}
	}
}
