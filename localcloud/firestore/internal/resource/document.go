package resource

import (
	"strings"
	"unicode/utf8"
)

// Key locates a document within its database.
type Key struct {
	Collection string // the path of its collection: "users", "users/ann/notes"
	ID         string
}

// Path returns the document's path within its database: "users/ann".
func (k Key) Path() string { return k.Collection + "/" + k.ID }

// ParseDocument parses the full name of a document.
func ParseDocument(name string) (Database, Key, error) {
	d, path, err := ParseParent(name)
	if err != nil {
		return Database{}, Key{}, err
	}
	if path == "" {
		return Database{}, Key{}, invalid("%q names no document", name)
	}
	return d, KeyOf(path), nil
}

// ParseDocumentIn parses the full name of a document that must belong to database d.
func ParseDocumentIn(d Database, name string) (Key, error) {
	got, key, err := ParseDocument(name)
	if err != nil {
		return Key{}, err
	}
	if got != d {
		return Key{}, invalid("document %q does not belong to the database %q of the request", name, d)
	}
	return key, nil
}

// KeyOf splits the path of a document: "users/ann/notes/1" is document "1" of collection
// "users/ann/notes".
func KeyOf(path string) Key {
	i := strings.LastIndexByte(path, '/')
	return Key{Collection: path[:i], ID: path[i+1:]}
}

// ParseParent parses a name under which collections stand: the database's documents (path "") or
// one document.
func ParseParent(name string) (d Database, path string, err error) {
	d, rest, err := cutDatabase(name)
	if err != nil {
		return Database{}, "", err
	}
	if rest == "documents" {
		return d, "", nil
	}
	path, ok := strings.CutPrefix(rest, "documents/")
	if !ok {
		return Database{}, "", invalid("%q lacks /documents after the database", name)
	}
	segments := strings.Split(path, "/")
	if len(segments)%2 != 0 {
		return Database{}, "", invalid("%q names a collection, not a document", name)
	}
	for i, s := range segments {
		check := CheckID
		if i%2 == 1 {
			check = CheckDocumentID
		}
		if err := check(s); err != nil {
			return Database{}, "", err
		}
	}
	if len(segments) > 2*maxDepth {
		return Database{}, "", invalid("%q is nested more than %d collections deep", name, maxDepth)
	}
	return d, path, nil
}

const (
	maxIDBytes = 1500
	maxDepth   = 100
)

// CheckDocumentID reports whether id may name a document: a name as a collection has it, or a
// number.
func CheckDocumentID(id string) error {
	if _, ok := number(id); ok {
		return nil
	}
	return CheckID(id)
}

// CheckID reports whether id may name a collection.
func CheckID(id string) error {
	switch {
	case id == "":
		return invalid("a name has an empty segment")
	case id == "." || id == "..":
		return invalid("%q may not be used as an id", id)
	case len(id) > maxIDBytes:
		return invalid("an id of %d bytes is longer than the %d allowed", len(id), maxIDBytes)
	case strings.Contains(id, "/"):
		return invalid("the id %q contains a slash", id)
	case !utf8.ValidString(id):
		return invalid("the id %q is not valid UTF-8", id)
	case Reserved(id):
		return invalid("the id %q is reserved, as all ids of the form __.*__", id)
	}
	return nil
}

// IDSize returns the bytes that an id counts in the size of a document: a number has eight.
func IDSize(id string) int {
	if _, ok := number(id); ok {
		return 8
	}
	return len(id) + 1
}

// Reserved reports whether s has the form __.*__, which is kept for the service's own use.
func Reserved(s string) bool {
	return len(s) >= 4 && strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
}

// Join returns the path of the collection id below parent, the path of a document or "".
func Join(parent, id string) string {
	if parent == "" {
		return id
	}
	return parent + "/" + id
}

// CollectionID returns the last segment of a collection's path.
func CollectionID(collection string) string {
	return collection[strings.LastIndexByte(collection, '/')+1:]
}

// ComparePaths orders paths segment by segment, each as an id.
func ComparePaths(a, b string) int {
	for {
		x, restA, moreA := strings.Cut(a, "/")
		y, restB, moreB := strings.Cut(b, "/")
		if c := CompareIDs(x, y); c != 0 {
			return c
		}
		switch {
		case !moreA && !moreB:
			return 0
		case !moreA:
			return -1
		case !moreB:
			return 1
		}
		a, b = restA, restB
	}
}

// Compare orders keys as their paths are ordered.
func (k Key) Compare(o Key) int {
	if k.Collection == o.Collection {
		return CompareIDs(k.ID, o.ID)
	}
	return ComparePaths(k.Path(), o.Path())
}
