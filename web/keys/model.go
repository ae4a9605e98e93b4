package keys

import "time"

// List is the page of a workspace's API keys, newest first.
type List struct {
	Keys []Key
	New  NewKey  // what stands in the form
	Made MadeKey // the key just made; zero: none
}

// Key is a row of the list. The key itself is not in it: nobody has it but its holder.
type Key struct {
	ID      string
	Name    string
	Role    string // "viewer" or "editor"
	By      string // who made it
	At      time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: not
	State   string    // "live", "expired" or "revoked"
}

// NewKey is the form for a key, as it was filled in.
type NewKey struct {
	Name  string
	Role  string
	Days  string // "0": it does not end by itself
	Once  string // the form's own word: of each, one key is made
	Error string // one sentence about the key just tried
}

// MadeKey is a key that was made with this answer, which is the only one to show it.
type MadeKey struct {
	Name   string
	Secret string
}

// keyRoles are what a key may be given.
var keyRoles = [...]struct{ value, label string }{
	{"viewer", "Viewer: reads"},
	{"editor", "Editor: reads and writes"},
}

// keyLives are how long a key may live.
var keyLives = [...]struct{ value, label string }{
	{"30", "30 days"},
	{"90", "90 days"},
	{"365", "365 days"},
	{"0", "It does not end by itself"},
}

// role is the one that the form shows.
func (n NewKey) role() string {
	if n.Role == "editor" {
		return n.Role
	}
	return keyRoles[0].value
}

// days is the life that the form shows: three months, unless another was chosen.
func (n NewKey) days() string {
	for _, life := range keyLives {
		if n.Days == life.value {
			return n.Days
		}
	}
	return "90"
}

// begins is what a key begins with: enough to find its holder by, and nothing that opens anything.
func (k Key) begins() string { return "bhk_" + k.ID + "_…" }

// live reports whether there is something to revoke.
func (k Key) live() bool { return k.State == "live" }

// status is the colour of the key's state.
func (k Key) status() string {
	switch k.State {
	case "live":
		return "active"
	case "expired":
		return "invited"
	}
	return "disabled"
}
