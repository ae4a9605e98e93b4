package sessions

import "time"

// List is the page of where somebody is signed in.
type List struct {
	Of       string // whose they are, for an admin; empty for one's own
	Sessions []Session
}

// Session is a session as pages show it.
type Session struct {
	ID, Device, Address, How string
	Began, Seen              time.Time
	Current                  bool // it is the one that asks
}

// title is the heading of the page.
func (l List) title() string {
	if l.Of != "" {
		return "Sessions of a person"
	}
	return "Your sessions"
}

// others reports whether there are sessions beside the one that asks.
func (l List) others() bool {
	for _, s := range l.Sessions {
		if !s.Current {
			return true
		}
	}
	return false
}
