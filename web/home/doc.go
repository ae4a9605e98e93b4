// Package home is what one meets before any workspace is chosen: the page on which to choose one,
// the status of the server, and the files that pages refer to.
//
//	GET  /                  Page, with the workspaces where the browser is signed in
//	GET  /?workspace=acme   choose a workspace: 303 to its sign-in page, or Page with Error
//	POST /                  email: Page with the workspaces that have proven its domain
//	GET  /t/acme            303 to the workspace's first page
//	GET  /status            says that the server serves
//
// Handles for tests: workspace-form, signed-in, continue, which-workspace, find-form, found,
// found-workspace.
package home
