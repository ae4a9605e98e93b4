package signin

import "errors"

// ErrRecoveryCode reports a recovery code that is none, or that was used. (401)
var ErrRecoveryCode = errors.New("signin: no such recovery code")
