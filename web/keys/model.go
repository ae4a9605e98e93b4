package keys

import (
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
)

// List is the page of a workspace's API keys, newest first.
type List struct {
	Keys []Key
	New  NewKey  // what stands in the form
	Made MadeKey // the key just made; zero: none
}

// Key is a row of the list. The key itself is not in it: nobody has it but its holder.
type Key struct {
	ID       string
	Name     string
	Access   []string // what it may do, a line for each service
	By       string   // who made it
	At       time.Time
	Expires  time.Time // zero: never
	Left     time.Duration
	Revoked  time.Time // zero: not
	Replaced bool      // another key has taken its place
	State    string    // "live", "expired" or "revoked"

	LastUsed    time.Time // to the day; zero: not noted
	LastAddress string
}

// NewKey is the form for a key, as it was filled in.
type NewKey struct {
	Name   string
	Access map[string]string // by service: the name of a choice; nil: a fresh form
	Days   string            // "0": it does not end by itself; "": nothing is chosen
	Once   string            // the form's own word: of each, one key is made
	Error  string            // one sentence about the key just tried
}

// MadeKey is a key that was made with this answer, which is the only one to show it.
type MadeKey struct {
	Name   string
	Secret string
	Old    string // when the key ends whose place it takes, in words; "" if it takes none's
}

// option is an entry of a select box.
type option struct{ value, label string }

// lives are how long a key may live. None is chosen beforehand.
func lives() []option {
	return []option{
		{"7", "7 days"}, {"30", "30 days"}, {"90", "90 days"}, {"365", "365 days"},
		{"0", "Never, until it is revoked"},
	}
}

// begins is what a key begins with: enough to find its holder by, and nothing that opens anything.
func (k Key) begins() string { return "bhk_" + k.ID + "_…" }

// live reports whether there is something to revoke.
func (k Key) live() bool { return k.State == "live" }

// rollable reports whether another key can take its place.
func (k Key) rollable() bool { return k.live() && !k.Replaced }

// soon reports whether it ends within the time of the notice.
func (k Key) soon() bool { return k.live() && !k.Expires.IsZero() && k.Left <= apikeys.Notice }

// left is in how many days the key ends, in words.
func (k Key) left() string {
	const day = 24 * time.Hour
	switch days := int((k.Left + day - 1) / day); {
	case days <= 1:
		return "Ends within a day"
	default:
		return "Ends in " + strconv.Itoa(days) + " days"
	}
}

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
