// Package browser is what a browser keeps of us between two requests, in sealed cookies: its
// sessions in workspaces, an operator's session, and what is under way.
//
// # Sessions
//
// [Store] opens, renews and keeps a browser's sessions: one for each workspace, and an operator's.
// It is the door's. [Sessions] and [OperatorSessions] begin and end them, for the pages where
// people sign in. A session lasts as long as its tenant's limits let it and its tokens count.
// Renewing the tokens is how a session learns its person's new role. Whoever ends a session ends it
// everywhere, and not only in the browser.
//
// # What is under way
//
//	flow       a sign-in at a provider
//	pending    a sign-in whose first factor was right
//	held       a form that arrived too late to be taken, and is shown once more
//
// The package knows no route. Who may see a page is decided by the door, with what it finds here.
package browser
