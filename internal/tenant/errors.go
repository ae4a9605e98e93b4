package tenant

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalid reports a selector, identifier, name or record that is not of its type's form.
	// (400)
	ErrInvalid = errors.New("tenant: malformed value")
	// ErrUnauthenticated: no credential, or one that does not verify. (401)
	ErrUnauthenticated = errors.New("tenant: not authenticated")
	// ErrTenantDenied: tenant unknown, not active, or not the caller's. One error for all three.
	// (403 tenant_denied)
	ErrTenantDenied = errors.New("tenant: tenant denied")
	// ErrUnavailable: the registry, the revocations or the signing keys could not be read; fail
	// closed. (503)
	ErrUnavailable = errors.New("tenant: cannot verify right now")
	// ErrForbidden: the caller's role does not allow it. (403)
	ErrForbidden = errors.New("tenant: role too low")
	// ErrNoAPIKey: the tenant has no API key of this id. Another tenant's is none. (404)
	ErrNoAPIKey = errors.New("tenant: no such API key")
	// ErrAPIKeyExists: an API key of this id has been made already. (409)
	ErrAPIKeyExists = errors.New("tenant: the API key exists")
	// ErrAPIKeyRolled: the API key has been rolled, and another has taken its place. (409)
	ErrAPIKeyRolled = errors.New("tenant: the API key was rolled already")
	// ErrAPIKeyEnded: the API key was revoked or has expired, so nothing can follow it. (409)
	ErrAPIKeyEnded = errors.New("tenant: the API key has ended")
	// ErrTooManyAPIKeys: the tenant has as many live API keys as it may. (409)
	ErrTooManyAPIKeys = errors.New("tenant: too many API keys")
	// ErrSlugTaken: another tenant has the slug. (409)
	ErrSlugTaken = errors.New("tenant: slug taken")
	// ErrStale: the tenant's record is not as the caller saw it; somebody else changed it. (409)
	ErrStale = errors.New("tenant: the record has changed")
)

// Reasons go to logs and audit trails, never to the caller. They are fixed words: no error of this
// package repeats what it refused, so none can carry a token, a secret or a line break into a log.

func Invalid(what string) error        { return fmt.Errorf("%w: %s", ErrInvalid, what) }
func Unauthenticated(why string) error { return fmt.Errorf("%w: %s", ErrUnauthenticated, why) }
func Denied(why string) error          { return fmt.Errorf("%w: %s", ErrTenantDenied, why) }
func Unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}
