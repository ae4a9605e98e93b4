package people

// ErrOneOfTwo is errOneOfTwo.
var ErrOneOfTwo = errOneOfTwo
