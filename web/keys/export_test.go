package keys

// ErrForm reports a key that cannot be made so.
var ErrForm = errForm
