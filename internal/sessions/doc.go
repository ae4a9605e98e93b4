// Package sessions keeps a record of each session of a tenant's people, in the tenant's own
// database, so that people see where they are signed in and can end a session there.
//
// A person's records are one document, "sessions/<user>": it is the person's own, and a viewer may
// write it, who may write nothing else. No other viewer may read it: see location.ReadOnly.
//
// The records decide nothing. Whether a session stands, its tokens and the feed of revocations say;
// a record that was not written hides a session from the list and lets nobody in. A record is
// written when a session begins and then every few minutes at most, by one write that reads
// nothing.
package sessions
