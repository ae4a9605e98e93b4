// Package mfa asks people for a second factor after their first one, and lets them set theirs up
// and take it away. What a factor is, how it is judged and stored, package secondfactor knows.
//
// # Two steps
//
// A sign-in has two steps where a second factor is needed: by the tenant's settings, or because the
// person has set one up. After the first step nothing is issued. The browser keeps a sealed value
// that says whose first factor was right, and brings it back with the second one: Ask makes the
// value, Question says what to ask for, Answer takes the answer. What is asked is sealed in the
// same way, for one person and one sign-in or session. No state is kept here.
//
// # One's own factors
//
// A person changes their factors in a session that has proven one, if they have any: whoever has
// taken a session over that has proven none adds no factor of their own. An admin takes away all
// factors of a person who has lost them, which ends the person's sessions.
//
// Operators always prove a second factor, and set theirs up at the first sign-in.
package mfa
