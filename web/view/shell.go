package view

import (
	"net/url"
	"strings"
	"time"
)

// Workspace is the tenant whose page this is.
type Workspace struct {
	Slug      string
	Name      string
	Region    string // for people: "European Union"
	Isolation string // "silo" or "pool"
}

// Account is the signed-in user.
type Account struct {
	Name  string // may be empty
	Email string
	Role  string // "viewer", "editor" or "admin"
}

// Section is an entry of the navigation. The zero Section is none.
type Section struct {
	Name  string // tells it from the others
	Label string // for people
	Icon  string // a symbol: see Icon
	Path  string // the address of its page, as the route table has it; the table fills it in
}

// Shell is the frame around every page of a workspace.
type Shell struct {
	Workspace Workspace
	Account   Account
	Sections  []Section // the navigation, in order
	Current   Section   // the entry that the page belongs to
	Notice    Notice    // shown once; the zero Notice shows nothing
	Grace     time.Time // until when no second factor is needed; zero: nothing is said of it
}

// OperatorShell is the frame around every page of operators.
type OperatorShell struct {
	Email    string
	Sections []Section // the navigation, in order
	Current  Section   // the entry that the page belongs to
	Notice   Notice
}

// Notice is one sentence about what has just happened.
type Notice struct {
	Text  string
	Error bool
	Undo  string // address to which a form is sent that takes it back; "" if nothing can
}

// Failure is a page that says what went wrong and what to do next. Title, What and Next may be left
// empty: they are then taken from Status.
type Failure struct {
	Status    int
	Title     string
	What      string
	Next      string
	RequestID string
	Workspace *Workspace // nil when no workspace is known or may be named
	First     *Section   // the workspace's first page, if it is known
}

// page is the address of the section's page in the workspace.
func (w Workspace) page(s Section) string {
	return strings.Replace(s.Path, ":tenant", url.PathEscape(w.Slug), 1)
}

// says is the label within a sentence.
func (s Section) says() string { return strings.ToLower(s.Label) }
