package sessions

// ErrWhich reports a form that does not say what to end.
var ErrWhich = errWhich
