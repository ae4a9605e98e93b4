// Package view holds Bulkhead's pages: templ components and the plain structs that they show.
//
// A component knows nothing but its struct: no client, no Grant, no request. Handlers decide who may do what
// and say so in booleans (CanUpload, CanChangeRoles); hiding a button is a courtesy here and never the lock.
//
// # Addresses and forms
//
// Every form works without scripts. With scripts, htmx sends the same request with HX-Request: true and wants
// the fragment named on the right; such answers carry Vary: HX-Request.
//
//	GET  /?workspace=acme                choose a workspace: 303 to its sign-in page, or HomePage with Error
//	POST /t/acme/sign-in                 email, password, next: 303, or SignInPage with Error
//	POST /t/acme/sign-out                303 to the sign-in page
//	GET  /t/acme/files                   FilesPage; htmx: FileList
//	GET  /t/acme/files?cursor=C          FilesPage of the later part; htmx: FileRows
//	GET  /t/acme/files/ID/download       303 to a signed URL
//	GET  /t/acme/files/ID/delete         DeletePage, the confirmation for people without scripts
//	POST /t/acme/files/ID/delete         303 to the list with a notice; htmx: FileDeleted
//	GET  /t/acme/people                  PeoplePage
//	GET  /t/acme/access                  LedgerPage: ?decision, ?before
//	GET  /t/acme/keys                    KeysPage
//	POST /t/acme/keys                    name, role, days: KeysPage with Made, or with New.Error
//	GET  /t/acme/keys/ID/revoke          RevokeKeyPage
//	POST /t/acme/keys/ID/revoke          303 to the list with a notice
//	GET  /operator                       AlertsPage
//	GET  /operator/ledger                OperatorLedgerPage: ?tenant, ?decision, ?before
//	POST /operator/alerts/ID/close       303 to the alerts with a notice
//	POST /operator/sign-in               email, password: 303, or OperatorSignInPage with Error
//	POST /t/acme/people/ID/role          role: 303 to the list with a notice; htmx: PersonRow, then NoticeOOB
//
// A refused role change answers htmx with 409 or 422 and PersonRow whose Error is set: these two statuses are
// swapped into the page. A request without a session answers htmx with 401 and HX-Redirect to the sign-in page. Any
// other failure shows as a notice whose sentence is the answer's problem detail, or a general one.
//
// # Uploads
//
// app.js sends JSON and takes JSON; failures are application/problem+json, whose detail is shown in the file's row.
//
//	POST /t/acme/files                   {"name","size","type"}: 201 {"id","upload":{"method","url","headers":{}}}
//	upload.method upload.url             the file itself, straight to the bucket, with exactly those headers
//	POST /t/acme/files/ID/complete       {}: 2xx; then the list is asked for again
//	POST /t/acme/files/ID/delete         after a cancelled or failed transfer, so that no pending record stays
//
// # Handles for tests
//
// Elements are found by data-testid: workspace-form, sign-in-form, sign-out, workspace (the current workspace's
// name), isolation, user (the signed-in user), notice, error, files, files-empty, files-more, upload-input, upload-area, file-row,
// file-name, file-download, file-delete, delete-dialog, delete-confirm, people, person-row, role-select, role-save,
// keys, keys-empty, key-form, key-make, key-made, made-key, copy-key, key-row, key-revoke, revoke-confirm,
// read-only (why the viewer sees no controls), request-id, theme. A key-row carries data-key-id and data-state. A file-row carries data-file-id and data-status (pending,
// stored, failed); a person-row carries data-user-id and data-role. A running upload is an element with
// data-upload-row, data-name and data-status: waiting, sending, finishing, stored, failed or cancelled, and holds a
// progress element, data-upload-percent, data-upload-message, data-upload-cancel and data-upload-retry. A stored one leaves when
// the list shows its file.
package view

import "time"

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

// Section is an entry of the navigation.
type Section string

// The sections.
const (
	SectionFiles  Section = "files"
	SectionPeople Section = "people"
	SectionAccess Section = "access"
	SectionKeys   Section = "keys"
)

// Shell is the frame around every page of a workspace.
type Shell struct {
	Workspace Workspace
	Account   Account
	Section   Section
	Notice    Notice // shown once; the zero Notice shows nothing
}

// Notice is one sentence about what has just happened.
type Notice struct {
	Text  string
	Error bool
}

// Home is the page on which one chooses a workspace.
type Home struct {
	Slug  string // as typed
	Error string // one sentence, or empty
}

// SignIn is the sign-in page of a workspace.
type SignIn struct {
	Workspace Workspace
	Email     string // as typed
	Next      string // where to go afterwards: a path that the handler has checked
	Error     string // one sentence, or empty
	Notice    string // e.g. "You have signed out."
}

// File is a row of the list.
type File struct {
	ID     string
	Name   string
	Type   string // media type
	Size   int64  // bytes
	By     string // who uploaded it: name or e-mail
	At     time.Time
	Status string // "pending", "stored" or "failed"
}

// Files is a part of a workspace's list of files, newest first.
type Files struct {
	Files     []File
	Next      string // cursor of the next part; empty on the last
	CanUpload bool   // may upload and delete
	MaxBytes  int64  // the largest file that is taken
}

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

// People is a workspace's list of people.
type People struct {
	People         []Person
	CanChangeRoles bool
}

// Failure is a page that says what went wrong and what to do next. Title, What and Next may be left empty: they are then
// taken from Status.
type Failure struct {
	Status    int
	Title     string
	What      string
	Next      string
	RequestID string
	Workspace *Workspace // nil when no workspace is known or may be named
}
