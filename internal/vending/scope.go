package vending

import "strings"

// scope is what the requests of one grant may name and do. It is fixed when the grant is made; the guards compare every
// outgoing request with it.
//
// A silo tenant's scope is a whole database and a whole bucket. A pooled tenant's is a subtree of each: the documents below
// the root, and the objects whose names begin with the prefix.
type scope struct {
	database string // "projects/P/databases/D"
	root     string // "projects/P/databases/D/documents", or a document beneath it that is the root of a pooled tenant
	only     string // if not empty, the one document that may be read; nothing else is allowed
	bucket   string // if empty, no object may be named at all
	prefix   string // of the names of objects: "" or "<tenant>/"
	readOnly bool
}

// shared reports whether other tenants are in the same database and bucket.
func (s *scope) shared() bool { return s.prefix != "" }

// String names the kind of scope for the ledger.
func (s *scope) String() string {
	switch {
	case s.only != "":
		return "sign-in"
	case s.readOnly:
		return "read-only"
	}
	return "read-write"
}

// document reports whether name is a document the scope may touch.
func (s *scope) document(name string) bool {
	if s.only != "" {
		return name == s.only
	}
	return beneath(s.root, name)
}

// parent reports whether name is a place below which the scope may list and query.
func (s *scope) parent(name string) bool {
	return s.only == "" && (name == s.root || beneath(s.root, name))
}

// object reports whether name, whole, is an object that the scope may touch.
func (s *scope) object(name string) bool {
	own, ok := strings.CutPrefix(name, s.prefix)
	return ok && s.bucket != "" && len(name) <= maxObjectName && objectName(own)
}

// beneath reports whether name lies under root. Firestore does not resolve dots, but something on the way might.
func beneath(root, name string) bool {
	rest, ok := strings.CutPrefix(name, root)
	return ok && len(rest) > 1 && rest[0] == '/' && !dotted(rest)
}

// dotted reports whether one of the segments of path is empty, "." or "..".
func dotted(path string) bool {
	for i := 0; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		switch rest := path[i+1:]; {
		case rest == "", rest[0] == '/', rest == ".", rest == "..":
			return true
		case strings.HasPrefix(rest, "./"), strings.HasPrefix(rest, "../"):
			return true
		}
	}
	return false
}
