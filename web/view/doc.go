// Package view is the kit that Bulkhead's pages are made of: the document, the frame around a page,
// notices, icons, flags, forms to sign in, and the page of failure. The pages themselves stand with
// their features.
//
// A component knows nothing but the plain struct that it shows: no client, no Grant, no request.
// Handlers decide who may do what and say so in booleans (CanUpload, CanChangeRoles). Hiding a
// button is a courtesy here and never the lock.
//
// # Forms
//
// Every form works without scripts. With scripts, htmx sends the same request with HX-Request: true
// and wants a fragment; such answers carry Vary: HX-Request. Each feature's own documentation says
// which fragment answers which form. A refused change answers htmx with 409 or 422 and the fragment
// with its error: these two statuses are swapped into the page. A request without a session answers
// htmx with 401 and HX-Redirect to the sign-in page. Any other failure shows as a notice whose
// sentence is the answer's problem detail, or a general one.
//
// # Handles for tests
//
// Elements are found by data-testid. The kit's are: sign-in-form, sign-out, workspace (the current
// workspace's name), isolation, user (the signed-in user), notice, error, read-only (why a viewer
// sees no controls), request-id, theme.
//
// # What to read
//
//	shell.go, shell.templ          the frame of a workspace's page, and the navigation
//	operators.templ                the frame of an operator's page
//	document.templ                 what every page has
//	signin.templ, drawing.templ    the pages before one is signed in
//	failure.go, failure.templ      what a failure says
//	text.go, fast.go, flag.go      words, numbers, times and flags
package view
