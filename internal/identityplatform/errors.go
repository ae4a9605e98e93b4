package identityplatform

import "errors"

var (
	// ErrBadCredentials reports a wrong password or an unknown e-mail address: one error for both.
	// (401)
	ErrBadCredentials = errors.New("identityplatform: wrong e-mail address or password")
	// ErrDisabled reports an account that may not sign in. (403)
	ErrDisabled = errors.New("identityplatform: account disabled")
	// ErrTooManyAttempts reports an account locked for a while after wrong passwords. (429)
	ErrTooManyAttempts = errors.New("identityplatform: too many attempts")
	// ErrCode reports a mailed code that is none, was used, or is too old. (400)
	ErrCode = errors.New("identityplatform: no such code")
	// ErrPassword reports a new password that is too short or too easily guessed. (422)
	ErrPassword = errors.New("identityplatform: weak password")
	// ErrUnavailable reports that Identity Platform could not be asked. The packages that stand on
	// this one report so of a tenant's database, too. (503)
	ErrUnavailable = errors.New("identityplatform: unavailable")
)
