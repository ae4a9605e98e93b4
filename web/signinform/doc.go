// Package signinform is what the pages have in common on which people sign in, or set a second
// factor up: what is typed there, and the forms that ask for a second factor.
//
// It reads and shows. Whether what was typed counts is decided by the packages signin and mfa.
package signinform
