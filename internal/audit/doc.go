// Package audit keeps what was changed in a tenant and by whom, in the tenant's own database.
//
// An [Entry] is an argument of the transaction that makes a change, so that both are there or
// neither: see [Log.Change]. The caller says what was done to what. Who did it, by which kind of
// sign-in, in which request and when is filled in here, from the grant, the request and the
// database's clock.
//
// The guard holds this, whatever a feature's code does. A commit that changes a person without an
// entry is refused; so is any change or deletion of an entry, for an admin's grant too. A viewer's
// grant appends nothing. Uploads and profiles are written without an entry for the time being. Two
// entries are made by no grant's change: a tenant's first admin, whom onboarding writes before
// anybody could be vended to, has none; and an API key, which is in another database, has the two
// that [Log.Append] makes around it.
//
// What the guard does not see is whether an entry says the truth: it asks for one and does not read
// it.
package audit
