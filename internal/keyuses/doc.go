// Package keyuses notes when and from where each API key of a tenant was used last, in the tenant's
// own database, so that its admins see which keys nobody needs.
//
// The note of a key is one document, "keyuses/<key id>", which the key itself writes and no other
// key reads: see location.Key. It is written once a day, and when the address has changed once an
// hour at most. So a program that calls from many addresses shows one of them.
//
// Notes decide nothing. A note that was not written keeps nobody out.
package keyuses
