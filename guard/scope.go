package guard

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Scope is what the requests of one sender may name, and what they may do with it. What it does not
// permit is refused. The zero Scope permits nothing.
//
// Where several senders share a database, each has the documents below a root of its own; where
// they share a bucket, the objects whose names begin with a prefix of its own.
//
// Documents are judged by the collection they are in. That is the first collection of the path
// below the root: all that lies beneath a document, however deep, is judged like the document. A
// query over all collections of a name, wherever they are, needs Read on everything.
//
// In a read-write transaction the database locks what is read, so that others wait to write it. A
// read in such a transaction therefore needs Append or Write beside Read.
type Scope struct {
	Project  string
	Database string
	Root     string // path of the document below which everything is: "tenants/t1"; "" for the whole database
	Bucket   string // "" if no object may be named
	Prefix   string // what the names of objects begin with: "t1/"; "" for the whole bucket

	All         Verbs            // in each collection that Collections does not name
	Collections map[string]Verbs // by collection, instead of All
	Documents   map[string]Verbs // by path below the root, beside what the collection permits; not for what lies beneath it
	Objects     Verbs            // Read and Write

	// Require names a collection that has an entry for each change: a commit that writes a document
	// elsewhere is refused unless it also creates one directly in this collection. Writes that are
	// not atomic are refused. Nobody changes or deletes what is in the collection, whatever the
	// other fields say. "" requires nothing.
	Require string

	// RequireIn names the collections in which a change needs an entry; nil means all. What lies
	// beneath a document is judged like the document.
	RequireIn []string
}

// Guard judges requests by a Scope. Safe for concurrent use.
type Guard struct {
	project    string
	databaseID string
	database   string // "projects/P/databases/D"
	root       string // "projects/P/databases/D/documents", or the document beneath it that is the root
	bucket     string
	prefix     string
	objects    Verbs

	all         Verbs
	collections []rule
	documents   []rule
	require     string
	requireIn   []string

	least, most Verbs // of all verbs permitted anywhere: those permitted everywhere, and those permitted somewhere
}

// rule permits verbs in a collection, or on a document.
type rule struct {
	name  string
	verbs Verbs
}

// New returns the Guard of a scope. It returns an error if a name in the scope cannot be one.
func New(s Scope) (*Guard, error) {
	g := &Guard{
		project: s.Project, databaseID: s.Database, database: "projects/" + s.Project + "/databases/" + s.Database,
		bucket: s.Bucket, prefix: s.Prefix, objects: s.Objects,
		all: s.All, collections: rules(s.Collections), documents: rules(s.Documents), require: s.Require,
		requireIn: slices.Clone(s.RequireIn),
	}
	g.root = g.database + "/documents"
	if s.Root != "" {
		g.root += "/" + s.Root
	}
	g.summarize()
	if err := s.check(); err != nil {
		return nil, err
	}
	return g, nil
}

func rules(verbs map[string]Verbs) []rule {
	var all []rule
	for _, name := range slices.Sorted(maps.Keys(verbs)) {
		all = append(all, rule{name, verbs[name]})
	}
	return all
}

func (s *Scope) check() error {
	var faults []error
	fault := func(bad bool, what, name string) {
		if bad {
			faults = append(faults, fmt.Errorf("guard: %s %q", what, name))
		}
	}
	fault(!segment(s.Project), "project", s.Project)
	fault(!segment(s.Database), "database", s.Database)
	fault(s.Root != "" && !documentPath(s.Root), "root", s.Root)
	fault(s.Bucket != "" && !segment(s.Bucket), "bucket", s.Bucket)
	fault(s.Prefix != "" && (!strings.HasSuffix(s.Prefix, "/") || !objectName(s.Prefix[:len(s.Prefix)-1])), "prefix", s.Prefix)
	fault(s.Objects&^(Read|Write) != 0 || s.Objects.Has(Append) && !s.Objects.Has(Write), "verbs of objects", s.Objects.String())
	fault(s.Require != "" && !segment(s.Require), "required collection", s.Require)
	for _, name := range s.RequireIn {
		fault(!segment(name) || s.Require == "" || name == s.Require, "collection that requires an entry", name)
	}
	fault(s.RequireIn != nil && len(s.RequireIn) == 0, "no collection requires an entry in", s.Require)
	for name := range s.Collections {
		fault(!segment(name), "collection", name)
	}
	for path := range s.Documents {
		fault(!documentPath(path), "document", path)
	}
	return errors.Join(faults...)
}

// summarize finds the verbs that are permitted everywhere, and somewhere.
func (g *Guard) summarize() {
	g.least, g.most = g.all, g.all
	note := func(v Verbs) { g.least &= v; g.most |= v }
	for _, c := range g.collections {
		note(c.verbs)
	}
	for _, d := range g.documents {
		g.most |= g.verbs(d.name)
	}
}

// collection returns the verbs that are permitted in a collection directly below the root. Writes
// ask verbs instead, which knows of entries that nobody changes.
func (g *Guard) collection(name string) Verbs {
	for i := range g.collections {
		if g.collections[i].name == name {
			return g.collections[i].verbs
		}
	}
	return g.all
}

// verbs returns what is permitted on the document of this path below the root.
func (g *Guard) verbs(path string) Verbs {
	first := firstOf(path)
	verbs := g.collection(first)
	for i := range g.documents {
		if g.documents[i].name == path {
			verbs |= g.documents[i].verbs
		}
	}
	if g.require != "" && first == g.require {
		verbs &= Read | Append
	}
	return verbs
}

// Document returns what the scope permits on a document, of which name is the whole:
// "projects/P/databases/D/documents/...".
func (g *Guard) Document(name string) Verbs {
	path, ok := g.below(name)
	if !ok {
		return 0
	}
	return g.verbs(path)
}

// Object returns what the scope permits on an object, of which name is the whole, with the prefix.
func (g *Guard) Object(name string) Verbs {
	if !g.object(name) {
		return 0
	}
	return g.objects
}

// sharesDatabase reports whether other senders are in the same database.
func (g *Guard) sharesDatabase() bool { return len(g.root) > len(g.database)+len("/documents") }

// sharesBucket reports whether other senders are in the same bucket.
func (g *Guard) sharesBucket() bool { return g.prefix != "" }

// Tracks reports whether requests are judged by what their sender was issued before: where others
// could have begun a transaction or an upload, and where a read-write transaction may read less
// than a read-only one.
func (g *Guard) Tracks() bool {
	return g.sharesDatabase() || g.sharesBucket() || g.most.Has(Append) && !g.least.Has(Append)
}
