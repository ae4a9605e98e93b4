package grantkept

import (
	"sync"

	"cloud.google.com/go/storage"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

type repository struct{ grant machine.Grant }

type service struct {
	mu    sync.Mutex
	byID  map[string]*repository
	extra any
}

var last machine.Grant // want "keep: package variable last"

var repositories = map[string]*repository{} // want "keep: package variable repositories"

var single = &service{} // want "keep: package variable single"

// node and edge hold each other, and a grant in the end.
type node struct {
	out   *edge
	grant machine.Grant
}

type edge struct{ in *node }

var graph *edge // want "keep: package variable graph"

var nodes []node // want "keep: package variable nodes"

var cache sync.Map

var hook func()

var files *storage.Client // want "keep: package variable files"

var here struct{ client *storage.Client } // want "keep: package variable here"

func All(g machine.Grant, grants chan<- machine.Grant, any chan<- any) {
	last = g                           // want "keep: a grant or a client is kept in a package variable"
	repositories["x"] = &repository{g} // want "keep: a grant or a client is kept in a package variable"
	single.extra = g                   // want "keep: a grant or a client is kept in a package variable"
	cache.Store("x", g)                // want "keep: sync.Map.Store keeps a grant or a client"
	hook = func() { _ = g }            // want "keep: a grant or a client is kept in a package variable"
	grants <- g                        // want "keep: a grant or a client is sent to a channel"
	any <- repository{g}               // want "keep: a grant or a client is sent to a channel"
	_, _ = files, here
}
