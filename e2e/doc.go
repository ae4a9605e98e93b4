// Package e2e holds the stories about the whole system: over HTTP, in a real browser, with real
// processes, and about the shape of the code itself. It has no code of its own outside its tests.
package e2e
