package viewtest

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/records"
)

// Sample is a component with text in it.
type Sample struct {
	Name      string
	Component templ.Component
	Fragment  bool // a part of a page, that htmx puts into one
	Golden    bool // a page that other code relies on word by word, as on every fragment
}

// Samples returns a sample of each component that a handler answers with, in each of its forms,
// with text in every field that someone outside could have written.
type Samples func(text string) []Sample

// Noon is when everything in a sample happened.
func Noon() time.Time { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }

// Workspace is a workspace in a silo.
func Workspace(text string) view.Workspace {
	return view.Workspace{Slug: text, Name: text, Region: text, Isolation: "silo"}
}

// Pooled is a workspace in a pool.
func Pooled(text string) view.Workspace {
	return view.Workspace{Slug: text, Name: text, Region: text, Isolation: "pool"}
}

// Shell is the frame of a page as an admin sees it.
func Shell(text string, section view.Section) view.Shell {
	section.Path = "/t/:tenant/" + section.Name
	return view.Shell{
		Workspace: Workspace(text),
		Account:   view.Account{Name: text, Email: text, Role: "admin"},
		Sections:  []view.Section{section, {Name: "other", Label: "Other", Icon: "kept", Path: "/t/:tenant/other"}},
		Current:   section,
		Notice:    view.Notice{Text: text},
	}
}

// ViewerShell is the frame of a page as a viewer of a workspace in a pool sees it.
func ViewerShell(text string, section view.Section) view.Shell {
	section.Path = "/t/:tenant/" + section.Name
	return view.Shell{
		Workspace: Pooled(text),
		Account:   view.Account{Email: text, Role: "viewer"},
		Sections:  []view.Section{section},
		Current:   section,
	}
}

// OperatorShell is the frame of an operator's page.
func OperatorShell(text string, section view.Section) view.OperatorShell {
	section.Path = "/operator/" + section.Name
	return view.OperatorShell{
		Email: text, Sections: []view.Section{section}, Current: section, Notice: view.Notice{Text: text},
	}
}

// Render returns what the component writes.
func Render(t *testing.T, c templ.Component) string {
	t.Helper()
	var out strings.Builder
	if err := c.Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Tags returns the start and self-closing tags of markup, in order.
func Tags(markup string) []html.Token {
	var found []html.Token
	for z := html.NewTokenizer(strings.NewReader(markup)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			found = append(found, z.Token())
		}
	}
}

// Attribute returns the value of a tag's attribute, and whether it has it.
func Attribute(tag html.Token, name string) (string, bool) {
	for _, a := range tag.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Records is a part of the ledger with every kind of row.
func Records(text string) records.Part {
	in := records.Row{
		ID: text, At: Noon(), Decision: "vended", Tenant: text, Who: text, Role: text, Method: text, Scope: text,
		Account: text, Key: text, Route: text, Request: text, Warm: 7,
	}
	out := records.Row{ID: text + "2", At: Noon(), Decision: "denied", Alert: true, Method: text, Why: text, Times: 12}
	return records.Part{Rows: []records.Row{in, out}, Next: text, Tenant: text, Decision: "denied"}
}
