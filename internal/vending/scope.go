package vending

import "strings"

// scope is what the requests of one grant may name and do. It is fixed when the grant is made; the guards compare every
// outgoing request with it.
//
// A silo tenant's scope is a whole database and a whole bucket. The root is kept apart from the database so that tenants
// who share a database can be confined to a subtree of it.
type scope struct {
	database string // "projects/P/databases/D"
	root     string // "projects/P/databases/D/documents", or a document beneath it that is the root of a pooled tenant
	only     string // if not empty, the one document that may be read; nothing else is allowed
	bucket   string // if empty, no object may be named at all
	readOnly bool
}

// siloScope is the scope of a tenant that has its own database and bucket.
func siloScope(project, database, bucket string, readOnly bool) scope {
	db := "projects/" + project + "/databases/" + database
	return scope{database: db, root: db + "/documents", bucket: bucket, readOnly: readOnly}
}

// signInScope is the scope of a caller who has signed in but whose role is not known yet: their own record, once.
func signInScope(project, database, document string) scope {
	s := siloScope(project, database, "", true)
	s.only = s.root + "/" + document
	return s
}

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
