package account

// ErrPresent is errPresent.
var ErrPresent = errPresent
