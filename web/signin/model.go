package signin

import (
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Form is the sign-in page of a workspace.
type Form struct {
	Workspace view.Workspace
	Email     string // as typed
	Next      string // where to go afterwards: a path that the handler has checked
	Error     string // one sentence, or empty
	Notice    string // e.g. "You have signed out."
	Choices   signin.Choices
}

// provider is the address at which a sign-in at a provider begins.
func provider(w view.Workspace, id string) string { return w.Path("sign-in", "provider", id) }

// Recovery is the page on which an admin signs in with a recovery code.
type Recovery struct {
	Workspace view.Workspace
	Email     string // as typed
	Error     string // one sentence, or empty
}

// Lead is the page that leads to a provider.
type Lead struct {
	Workspace view.Workspace
	Provider  string // its name
	To        string // the address there
}

// Failed is the page about a sign-in at a provider that failed.
type Failed struct {
	Workspace view.Workspace
	Sentence  string
	Detail    string // for an admin; else empty
	Provider  string // where to begin again; empty: on the sign-in page
}

// Tested is the page about a test sign-in.
type Tested struct {
	Workspace view.Workspace
	Provider  string // its identifier
	Name      string
	Enabled   bool // it is open already
	Report    federation.Report
}

// outcome says in a sentence what the sign-in would do.
func (t Tested) outcome() string {
	r := t.Report
	switch {
	case r.Why != "":
		return "Whoever comes so is refused. " + r.Why
	case r.Made:
		return "Whoever comes so is new here and is made a person of the workspace, with the role " + r.Role.String() + "."
	case r.Mapped:
		return "This is " + r.Person + ". The groups at the provider give the role " + r.Role.String() + "."
	}
	return "This is " + r.Person + ", with the role " + r.Role.String() + "."
}

// Methods is the page about a person's ways to sign in.
type Methods struct {
	federation.Methods
	Error string // one sentence about what was just tried, or empty
}

// called is the name of a way to sign in.
func called(l federation.Method) string {
	if l.Name == "" {
		return "A provider that is gone"
	}
	return l.Name
}

// Prove is the page on which people prove again who they are.
type Prove struct {
	Email    string
	Provider signin.Choice // where; zero: with a password
	Next     string
	Error    string // one sentence, or empty
}

// Resume is the page about a form that was kept.
type Resume struct {
	Path   string // to which it is sent
	Fields []Field
}

// Field is what was typed into a field.
type Field struct{ Name, Value string }

// typed are the fields that say something to the person who typed them.
func (r Resume) typed() (typed []Field) {
	for _, f := range r.Fields {
		if f.Value != "" && !slices.Contains(hidden[:], f.Name) {
			typed = append(typed, f)
		}
	}
	return typed
}

// hidden are the fields that forms carry and nobody types.
var hidden = [...]string{"version", "once", "sure", "which", "next"}

// called is what the field is called on the page.
func (f Field) called() string { return view.Titled(strings.ReplaceAll(f.Name, "-", " ")) }
