package signin

// The feature's own errors.
var (
	ErrCredential = errCredential
	ErrNoKeys     = errNoKeys
	ErrCode       = errCode
	ErrNoFactor   = errNoFactor
	ErrNoPassword = errNoPassword
)
