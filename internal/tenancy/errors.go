package tenancy

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalid reports a selector, identifier, name or record that is not of its type's form. (400)
	ErrInvalid = errors.New("tenancy: malformed value")
	// ErrUnauthenticated: no credential, or one that does not verify. (401)
	ErrUnauthenticated = errors.New("tenancy: not authenticated")
	// ErrTenantDenied: tenant unknown, not active, or not the caller's. One error for all three. (403 tenant_denied)
	ErrTenantDenied = errors.New("tenancy: tenant denied")
	// ErrUnavailable: the registry, the revocations or the signing keys could not be read; fail closed. (503)
	ErrUnavailable = errors.New("tenancy: cannot verify right now")
	// ErrForbidden: the caller's role does not allow it. (403)
	ErrForbidden = errors.New("tenancy: role too low")
	// ErrNoAPIKey: the tenant has no API key of this id. Another tenant's is none. (404)
	ErrNoAPIKey = errors.New("tenancy: no such API key")
	// ErrTooManyAPIKeys: the tenant has as many live API keys as it may. (409)
	ErrTooManyAPIKeys = errors.New("tenancy: too many API keys")
	// ErrSlugTaken: another tenant has the slug. (409)
	ErrSlugTaken = errors.New("tenancy: slug taken")
	// ErrStale: the tenant's record is not as the caller saw it; somebody else changed it. (409)
	ErrStale = errors.New("tenancy: the record has changed")
)

// Reasons go to logs and audit trails, never to the caller. They are fixed words: no error of this package
// repeats what it refused, so none can carry a token, a secret or a line break into a log.

func invalid(what string) error        { return fmt.Errorf("%w: %s", ErrInvalid, what) }
func unauthenticated(why string) error { return fmt.Errorf("%w: %s", ErrUnauthenticated, why) }
func denied(why string) error          { return fmt.Errorf("%w: %s", ErrTenantDenied, why) }
func unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}
