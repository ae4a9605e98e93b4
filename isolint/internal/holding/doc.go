// Package holding finds out what of a program holds a value of some types. [Types] answers it for
// types, and [Values] for the expressions of a piece of source.
//
// It knows no rule and no configuration: which types they are, and what may hold them, is for those
// who ask.
package holding
