package tenancy

import (
	"context"
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// proof is what a credential proves, once its signature or its digest has been found right.
type proof struct {
	kind           authpolicy.Credential // zero for a browser's session, which no setting names
	way            authpolicy.Way        // how the session began; zero for a program
	factor         authpolicy.Factor     // the second factor that it has proven
	tenant         tenant.ID             // whose it is
	identityTenant string                // what Identity Platform calls that; "" for a program
	user           tenant.UserID
	email          string
	role           tenant.Role
	region         tenant.Region // zero for a program
	began          time.Time     // the session; zero for a program
	issued         time.Time
	expires        time.Time
	leeway         time.Duration
	forged         bool // it names somebody whom only this program may name
}

// rule is one question of the admission. Its name is for explanations.
type rule struct {
	name  string
	judge func(context.Context, *Authenticator, *admission) error
}

// admission is a proof on its way to a Principal of the tenant that was asked for.
type admission struct {
	proof
	asked    tenant.Selector
	selected tenant.Tenant // once the rule "tenant" has found it
}

// admissionRules are asked in this order, and the first that says no decides. The credential comes
// first and the tenant after it, so that who proves nothing learns of no tenant whether it exists.
// What the tenant's settings say comes after the caller is known to belong to it.
var admissionRules = []rule{
	{"not expired", judgeTime},
	{"no name of ours", judgeName},
	{"not revoked", judgeRevocation},
	{"not too long ago", judgeAge},
	{"tenant", judgeTenant},
	{"settings", judgeSettings},
}

// admit asks every rule. It returns the name of the rule that said no, and its error.
func (a *Authenticator) admit(ctx context.Context, ad *admission) (decided string, err error) {
	for _, r := range admissionRules {
		if err := r.judge(ctx, a, ad); err != nil {
			return r.name, err
		}
	}
	return "", nil
}

func judgeTime(_ context.Context, a *Authenticator, ad *admission) error {
	if !a.now().Before(ad.expires.Add(ad.leeway)) {
		return idtoken.ErrExpired
	}
	return nil
}

func judgeName(_ context.Context, _ *Authenticator, ad *admission) error {
	if ad.forged {
		return errKeyUser
	}
	return nil
}

func judgeRevocation(_ context.Context, a *Authenticator, ad *admission) error {
	return a.notRevoked(ad.tenant, ad.user, ad.began, ad.issued)
}

func judgeAge(_ context.Context, a *Authenticator, ad *admission) error {
	if !ad.began.IsZero() && !a.now().Before(ad.began.Add(tenant.MaxSession)) {
		return errSignInStale
	}
	return nil
}

func judgeTenant(ctx context.Context, a *Authenticator, ad *admission) error {
	selected, err := a.Tenant(ctx, ad.asked)
	switch {
	case errors.Is(err, tenant.ErrTenantDenied):
		return a.denied(ctx, ad.tenant, ad.user, ad.asked, err)
	case err != nil:
		return err
	case ad.tenant != selected.ID, ad.identityTenant != "" && ad.identityTenant != selected.IdentityTenant:
		return &MismatchError{Tenant: ad.tenant, User: ad.user, Asked: selected.ID}
	case ad.region != 0 && ad.region != selected.Region: // of their own tenant, which has moved: no reaching across
		return errRegion
	}
	ad.selected = selected
	return nil
}

func judgeSettings(ctx context.Context, a *Authenticator, ad *admission) error {
	return a.settled(ctx, ad.selected.ID, ad.kind, ad.way, ad.factor, ad.role, ad.began)
}

// settled returns nil if the tenant's settings accept the credential, the way in which its session
// began, the second factor that it has proven, and the session is not too old for them.
// authpolicy.ErrCredential, authpolicy.ErrWay, authpolicy.ErrSecondFactor,
// tenant.ErrUnauthenticated, tenant.ErrUnavailable.
func (a *Authenticator) settled(ctx context.Context, t tenant.ID, kind authpolicy.Credential, way authpolicy.Way,
	factor authpolicy.Factor, role tenant.Role, began time.Time,
) error {
	p, err := a.policies.Get(ctx, t)
	switch {
	case err != nil:
		return err
	case kind != 0 && !p.Accepts().Has(kind):
		return authpolicy.ErrCredential
	case began.IsZero():
		return nil // a program
	case a.now().Sub(began) > p.SessionLimits().Absolute:
		return errSignInStale
	}
	now := a.now()
	if err := p.Admits(way, role, began, now); err != nil {
		return err
	}
	return p.SecondFactor.Admits(factor, now)
}

// principal returns the caller that has been admitted, found valid in this epoch.
func (ad *admission) principal(a *Authenticator, m Method, epoch uint64) *principal {
	p := &principal{
		auth:     a,
		tenant:   ad.selected.ID,
		user:     ad.user,
		email:    ad.email,
		role:     ad.role,
		region:   ad.selected.Region,
		cell:     ad.selected.Cell,
		method:   m,
		kind:     ad.kind,
		way:      ad.way,
		factor:   ad.factor,
		signedIn: ad.began,
		issued:   ad.issued,
		expires:  ad.expires,
		deadline: ad.expires.Add(ad.leeway),
	}
	if over := ad.began.Add(tenant.MaxSession); !ad.began.IsZero() && over.Before(p.deadline) {
		p.deadline = over
	}
	p.checked.Store(epoch)
	return p
}

// proofOf is what an exchanged token proves. kind is zero for a browser's session.
func proofOf(t *idtoken.Exchanged, kind authpolicy.Credential) proof {
	return proof{
		kind: kind, way: t.Way, factor: t.Factor, tenant: t.Tenant, identityTenant: t.IdentityTenant,
		user: t.User, email: t.Email, role: t.Role, region: t.Region,
		began: t.SignedIn, issued: t.Issued, expires: t.Expires, leeway: idtoken.Leeway,
		forged: t.User.IsReserved(),
	}
}
