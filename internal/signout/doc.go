// Package signout ends sessions: one's own, and from elsewhere those that a person has in other
// browsers.
//
// To end a session is to kill its tokens and those that its refresh token could still yield: at
// once in this process, and within 5 s in every other. Where somebody is signed in, they may ask
// themselves, and so may an admin by their record, whose act is audited.
//
// Package sessions keeps the records of who is signed in where; they decide nothing.
package signout
