package people

import "strings"

// Person is a row of the list of people.
type Person struct {
	ID       string
	Name     string
	Email    string
	Role     string
	Status   string // "active", "invited" or "disabled"
	You      bool   // the signed-in user
	LastOne  bool   // the last active admin, whose role therefore cannot change
	CanEdit  bool   // the signed-in user may change this person's role
	Error    string // one sentence about the change just tried
	Selected string // the role tried, when Error is set
}

// List is a part of a workspace's list of people.
type List struct {
	People         []Person
	Next           string // cursor of the next part; empty on the last
	CanChangeRoles bool
}

// StepDown is an admin's wish to be an admin no more.
type StepDown struct {
	ID   string // the admin's own
	Role string // "viewer" or "editor"
}

// roles are what an admin may give.
var roles = [...]string{"viewer", "editor", "admin"}

// withArticle is a role within a sentence: "an admin".
func withArticle(role string) string {
	if role != "" && strings.ContainsRune("aeiou", rune(role[0])) {
		return "an " + role
	}
	return "a " + role
}

// called is the person's name, or their address where there is none.
func (p Person) called() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Email
}

// chosen is the role that the form shows: the one just tried, if it was refused.
func (p Person) chosen() string {
	if p.Selected != "" {
		return p.Selected
	}
	return p.Role
}
