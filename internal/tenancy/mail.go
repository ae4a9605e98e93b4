package tenancy

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// The errands of the method ByMail.
const (
	// AskForMail has a mail written to whoever has an address. It reads nothing.
	AskForMail Errand = "mail request"
	// ByCode is for the person to whom a code was mailed, who has shown it.
	ByCode Errand = "mailed code"
	// OwnAccount is for what a person who is signed in changes of their own account.
	OwnAccount Errand = "own account"
	// EraseAccount is for a person who erases their own account.
	EraseAccount Errand = "account erasure"
	// TellPerson has a letter written to a person about what an admin did to their account.
	TellPerson Errand = "letter to a person"
	// OwnRequest keeps what a request of a person's about themselves was answered.
	OwnRequest Errand = "own request"
)

// Asking returns a Principal who may ask in the tenant for a mail. Nothing is proven: they may add
// to what is to be sent, and read nothing. ErrTenantDenied, ErrUnavailable.
func (a *Authenticator) Asking(ctx context.Context, s tenant.Selector) (Principal, error) {
	return a.byMail(ctx, s, AskForMail, tenant.MailUser("request"))
}

// WithCode returns a Principal for the person to whom a code was mailed. It does not look at the
// code: whoever calls has done so, and what the person may touch is no more than the mail was
// about. ErrTenantDenied, ErrUnavailable; ErrInvalid for nobody.
func (a *Authenticator) WithCode(ctx context.Context, s tenant.Selector, user tenant.UserID) (Principal, error) {
	if user.IsZero() {
		return Principal{}, tenant.Invalid("person of a code")
	}
	return a.byMail(ctx, s, ByCode, user)
}

func (a *Authenticator) byMail(ctx context.Context, s tenant.Selector, e Errand, user tenant.UserID) (Principal, error) {
	epoch := a.epoch()
	selected, err := a.Tenant(ctx, s)
	if err != nil {
		return Principal{}, err
	}
	p := a.errand(selected, e, Principal{}, user, epoch)
	p.method = ByMail
	return Principal{p}, nil
}

// Own returns a Principal for what a person does to their own account: OwnAccount, EraseAccount or
// OwnRequest. They act in a browser or over the API: see actsForSelf. ErrUnauthenticated if by has
// no session in force, ErrInvalid for another errand.
func (a *Authenticator) Own(ctx context.Context, by Principal, e Errand) (Principal, error) {
	if e != OwnAccount && e != EraseAccount && e != OwnRequest {
		return Principal{}, tenant.Invalid("errand of one's own")
	}
	epoch := a.epoch()
	if err := actsForSelf(ctx, by); err != nil {
		return Principal{}, err
	}
	selected, err := a.Tenant(ctx, tenant.SelectID(by.Tenant()))
	if err != nil {
		return Principal{}, err
	}
	p := a.errand(selected, e, by, tenant.UserID{}, epoch)
	p.method = ByMail
	return Principal{p}, nil
}

// Telling returns a Principal who may have letters written in the tenant, and nothing else, in the
// name of an admin who is signed in or sends their own ID token. ErrUnauthenticated if by is none.
func (a *Authenticator) Telling(ctx context.Context, by Principal) (Principal, error) {
	epoch := a.epoch()
	if by.Role() != tenant.Admin || by.Method() != BySession && by.Method() != ByBearer {
		return Principal{}, errNoAdmin
	}
	if err := by.Check(ctx); err != nil {
		return Principal{}, err
	}
	selected, err := a.Tenant(ctx, tenant.SelectID(by.Tenant()))
	if err != nil {
		return Principal{}, err
	}
	p := a.errand(selected, TellPerson, by, tenant.UserID{}, epoch)
	p.method = ByMail
	return Principal{p}, nil
}
