package account

import "errors"

// ErrNoPassword reports somebody who signs in without a password. (409)
var ErrNoPassword = errors.New("account: no password")
