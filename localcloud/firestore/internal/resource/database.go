// Package resource parses the names by which requests address databases, documents and collections,
// and holds the rules for ids. A name that breaks a rule is answered with InvalidArgument, never
// guessed at: names are what access is decided on.
package resource

import (
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Database names a database: "projects/P/databases/D".
type Database struct {
	Project, ID string
}

// String returns the database's full name.
func (d Database) String() string { return "projects/" + d.Project + "/databases/" + d.ID }

// Documents returns the name under which all documents of the database stand.
func (d Database) Documents() string { return d.String() + "/documents" }

// Document returns the full name of the document at key.
func (d Database) Document(k Key) string { return d.Documents() + "/" + k.Path() }

// ParseDatabase parses "projects/P/databases/D".
func ParseDatabase(name string) (Database, error) {
	d, rest, err := cutDatabase(name)
	if err != nil {
		return Database{}, err
	}
	if rest != "" {
		return Database{}, invalid("%q is not the name of a database", name)
	}
	return d, nil
}

// ParseProject parses "projects/P" and returns P.
func ParseProject(name string) (string, error) {
	id, ok := strings.CutPrefix(name, "projects/")
	if !ok || id == "" || strings.Contains(id, "/") {
		return "", invalid("%q is not the name of a project", name)
	}
	return id, nil
}

// DatabaseOf returns the database that any name below it belongs to. It does not look at the rest
// of the name.
func DatabaseOf(name string) (Database, error) {
	d, _, err := cutDatabase(name)
	return d, err
}

func cutDatabase(name string) (d Database, rest string, err error) {
	parts := strings.SplitN(name, "/", 5)
	if len(parts) < 4 || parts[0] != "projects" || parts[1] == "" || parts[2] != "databases" || parts[3] == "" {
		return Database{}, "", invalid("%q does not begin with projects/{project}/databases/{database}", name)
	}
	if len(parts) == 5 {
		if parts[4] == "" {
			return Database{}, "", invalid("%q ends in a slash", name)
		}
		rest = parts[4]
	}
	return Database{Project: parts[1], ID: parts[3]}, rest, nil
}

var (
	databaseID = regexp.MustCompile(`^[a-z][a-z0-9-]{2,61}[a-z0-9]$`)
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// DefaultDatabase is the id of a project's default database, the one id that breaks the usual
// rules.
const DefaultDatabase = "(default)"

// CheckDatabaseID reports whether a database may be created under id: 4 to 63 lower-case letters,
// digits and hyphens, a letter first, a letter or digit last, and not a UUID.
func CheckDatabaseID(id string) error {
	if id == DefaultDatabase || databaseID.MatchString(id) && !uuid.MatchString(id) {
		return nil
	}
	return invalid("invalid database id %q: it must be 4-63 characters of [a-z0-9-], begin with a letter, "+
		"end with a letter or digit, and not look like a UUID", id)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
