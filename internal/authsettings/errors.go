package authsettings

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

var (
	// ErrInvalid reports a value that cannot be accepted: see Sentence. (422)
	ErrInvalid = errors.New("authsettings: value not accepted")
	// ErrAddress reports an address that cannot be used, or that answered with something else than
	// it should: see Sentence. (422)
	ErrAddress = errors.New("authsettings: address not accepted")
	// ErrNotFound reports that the tenant has no such provider, issuer or domain. (404)
	ErrNotFound = errors.New("authsettings: not found")
	// ErrExists reports that the tenant has this issuer or domain already. (409)
	ErrExists = errors.New("authsettings: already there")
	// ErrTooMany reports that the tenant has as many as it may. (409)
	ErrTooMany = errors.New("authsettings: too many")
	// ErrLockout reports a change that would leave nobody a way to sign in. (409)
	ErrLockout = errors.New("authsettings: nobody could sign in any more")
	// ErrOwn reports a change that would end the session or the token that asks for it. (409)
	ErrOwn = errors.New("authsettings: the caller's own way in would end")
	// ErrOwnAge reports a limit of sessions that the session which asks for it has passed. (409)
	ErrOwnAge = errors.New("authsettings: the caller's own session is too old for the limit")
	// ErrRequired reports a provider that people must use right now. (409)
	ErrRequired = errors.New("authsettings: the provider is required")
	// ErrUntested reports a provider at which no admin has signed in yet. (409)
	ErrUntested = errors.New("authsettings: provider not tested")
	// ErrNoProvider reports that no provider is enabled, so none can be required. (409)
	ErrNoProvider = errors.New("authsettings: no provider is enabled")
	// ErrEnforced reports that a provider is required already. (409)
	ErrEnforced = errors.New("authsettings: a provider is required already")
	// ErrNoRecord reports a domain whose TXT record is not there: DNS said so. (409)
	ErrNoRecord = errors.New("authsettings: no TXT record of the domain")
	// ErrDNS reports that DNS could not be asked. It says nothing about the domain. (503)
	ErrDNS = errors.New("authsettings: DNS could not be asked")
)

// fault is ErrInvalid or ErrAddress with a sentence for the admin.
type fault struct {
	of       error
	sentence string
}

func (f *fault) Error() string { return f.of.Error() + ": " + f.sentence }
func (f *fault) Unwrap() error { return f.of }

func invalid(sentence string) error { return &fault{ErrInvalid, sentence} }

// badAddress is ErrAddress for what packages outbound and issuer say of an address. An address that
// was refused by a rule stands in the audit, beside who named it.
func (s *Service) badAddress(ctx context.Context, g vending.Grant, address string, err error) error {
	if o, ok := errors.AsType[*outbound.Error](err); ok && o.IsRefusal() {
		e := audit.Entry{Action: "authentication.address.refused", Kind: "authentication", ID: "address", Before: hostOf(address), After: string(o.Kind)}
		if err := audit.Of(g).Append(ctx, rand.Text(), e); err != nil {
			s.Logger.WarnContext(ctx, "a refused address is not in the audit", "by", g.Principal(), "error", err)
		}
	}
	if d, ok := errors.AsType[*issuer.DiscoveryError](err); ok {
		return &fault{ErrAddress, d.Sentence}
	}
	if o, ok := errors.AsType[*outbound.Error](err); ok {
		return &fault{ErrAddress, o.Sentence}
	}
	return &fault{ErrAddress, "The address could not be used; check it."}
}

// hostOf is the host of an address, and nothing else of it: there may be a password.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || len(u.Host) > 253 {
		return "unreadable"
	}
	return u.Host
}

// Sentence is what to tell the admin about the error, beyond its kind; "" if there is nothing. It
// holds no secret, and nothing of an answer's body but names that were quoted.
func Sentence(err error) string {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.sentence
	}
	return ""
}
