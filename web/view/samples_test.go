package view_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/bulkhead-saas/bulkhead/web/view"
)

var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

type sample struct {
	name      string
	component templ.Component
	fragment  bool
}

// samples renders every exported component, with text in every field that someone outside could have written.
func samples(text string) []sample {
	acme := view.Workspace{Slug: text, Name: text, Region: text, Isolation: "silo"}
	pooled := acme
	pooled.Isolation = "pool"
	shell := view.Shell{
		Workspace: acme,
		Account:   view.Account{Name: text, Email: text, Role: "admin"},
		Section:   view.SectionFiles,
		Notice:    view.Notice{Text: text},
	}
	viewer := view.Shell{Workspace: pooled, Account: view.Account{Email: text, Role: "viewer"}, Section: view.SectionPeople}
	file := view.File{ID: text, Name: text, Type: text, Size: 4_200_000, By: text, At: noon, Status: "stored"}
	pending, failed := file, file
	pending.ID, pending.Status = text+"2", "pending"
	failed.ID, failed.Status = text+"3", "failed"
	files := view.Files{Files: []view.File{file, pending, failed}, Next: text, CanUpload: true, MaxBytes: 32_000_000}
	read := view.Files{Files: []view.File{file}}
	ada := view.Person{ID: text, Name: text, Email: text, Role: "admin", Status: "active", You: true, CanEdit: true, LastOne: true}
	grace := view.Person{ID: text + "2", Email: text, Role: "editor", Status: "invited", CanEdit: true, Error: text, Selected: "admin"}

	in := view.LedgerRow{ID: text, At: noon, Decision: "vended", Tenant: text, Who: text, Role: text, Method: text, Scope: text,
		Account: text, Key: text, Route: text, Request: text, Warm: 7}
	out := view.LedgerRow{ID: text + "2", At: noon, Decision: "denied", Alert: true, Method: text, Why: text}
	ledger := view.Ledger{Rows: []view.LedgerRow{in, out}, Next: text, Tenant: text, Decision: "denied"}
	operators := view.OperatorShell{Email: text, Section: "ledger", Notice: view.Notice{Text: text}}

	live := view.Key{ID: text, Name: text, Role: text, By: text, At: noon, State: "live"}
	expired, revoked := live, live
	expired.Expires, expired.State = noon, "expired"
	revoked.Expires, revoked.Revoked, revoked.State = noon, noon, "revoked"
	keys := view.Keys{Keys: []view.Key{live, expired, revoked}, Made: view.MadeKey{Name: text, Secret: text}}

	return []sample{
		{"home", view.HomePage(view.Home{}), false},
		{"home refused", view.HomePage(view.Home{Slug: text, Error: text}), false},
		{"sign-in", view.SignInPage(view.SignIn{Workspace: acme, Next: text, Notice: text}), false},
		{"sign-in refused", view.SignInPage(view.SignIn{Workspace: pooled, Email: text, Error: text}), false},
		{"files", view.FilesPage(shell, files), false},
		{"files read only", view.FilesPage(viewer, read), false},
		{"files empty", view.FilesPage(shell, view.Files{CanUpload: true}), false},
		{"files empty read only", view.FilesPage(viewer, view.Files{}), false},
		{"delete", view.DeletePage(shell, file), false},
		{"people", view.PeoplePage(shell, view.People{People: []view.Person{ada, grace}, CanChangeRoles: true}), false},
		{"people read only", view.PeoplePage(viewer, view.People{People: []view.Person{{ID: text, Name: text, Email: text, Role: "viewer", Status: "disabled"}}}), false},
		{"access", view.LedgerPage(shell, ledger), false},
		{"access empty", view.LedgerPage(shell, view.Ledger{Decision: text}), false},
		{"keys", view.KeysPage(shell, keys), false},
		{"keys empty", view.KeysPage(shell, view.Keys{}), false},
		{"keys refused", view.KeysPage(shell, view.Keys{New: view.NewKey{Name: text, Role: text, Days: text, Error: text}}), false},
		{"revoke a key", view.RevokeKeyPage(shell, live), false},
		{"operators", view.OperatorSignInPage(view.OperatorSignIn{Email: text, Error: text, Notice: text}), false},
		{"alerts", view.AlertsPage(operators, ledger.Rows), false},
		{"no alerts", view.AlertsPage(operators, nil), false},
		{"ledger", view.OperatorLedgerPage(operators, ledger), false},
		{"ledger refused", view.OperatorLedgerPage(operators, view.Ledger{Tenant: text, Error: text}), false},
		{"failure", view.FailurePage(view.Failure{Status: 500, RequestID: text, Workspace: &acme}), false},
		{"failure in words", view.FailurePage(view.Failure{Status: 401, Title: text, What: text, Next: text, Workspace: &acme}), false},
		{"file list", view.FileList(shell, files), true},
		{"file rows", view.FileRows(shell, files), true},
		{"file deleted", view.FileDeleted(file), true},
		{"person row", view.PersonRow(shell, grace), true},
		{"notice", view.NoticeOOB(view.Notice{Text: text, Error: true}), true},
	}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var out strings.Builder
	if err := c.Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// tags returns the start and self-closing tags of markup, in order.
func tags(markup string) []html.Token {
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

// attribute returns the value of a tag's attribute, and whether it has it.
func attribute(tag html.Token, name string) (string, bool) {
	for _, a := range tag.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
