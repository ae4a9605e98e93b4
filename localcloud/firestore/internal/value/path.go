package value

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Path leads to a field: one name, or several through nested maps.
type Path []string

// DocumentName is the path, and the name in requests, of a document's own name.
const DocumentName = "__name__"

var simpleName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z_0-9]*$`)

// ParsePath parses a path as requests write it: names joined by dots, each simple or between
// backquotes, where a backslash escapes a backquote or a backslash.
func ParsePath(s string) (Path, error) {
	var path Path
	for rest := s; ; {
		name, tail, err := cutName(s, rest)
		if err != nil {
			return nil, err
		}
		path = append(path, name)
		if tail == "" {
			return path, checkPath(path)
		}
		if tail[0] != '.' {
			return nil, badPath(s)
		}
		rest = tail[1:]
	}
}

// cutName takes the first name off rest, a part of the path whole.
func cutName(whole, rest string) (name, tail string, err error) {
	if !strings.HasPrefix(rest, "`") {
		end := strings.IndexByte(rest, '.')
		if end < 0 {
			end = len(rest)
		}
		if !simpleName.MatchString(rest[:end]) {
			return "", "", badPath(whole)
		}
		return rest[:end], rest[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '`':
			if b.Len() == 0 {
				return "", "", badPath(whole)
			}
			return b.String(), rest[i+1:], nil
		case '\\':
			i++
			if i == len(rest) || rest[i] != '`' && rest[i] != '\\' {
				return "", "", badPath(whole)
			}
		}
		b.WriteByte(rest[i])
	}
	return "", "", badPath(whole)
}

func checkPath(path Path) error {
	if n := len(strings.Join(path, ".")); n > maxPathBytes {
		return status.Errorf(codes.InvalidArgument, "a field path of %d bytes is longer than the %d allowed", n, maxPathBytes)
	}
	if path.IsDocumentName() {
		return nil
	}
	for _, name := range path {
		if err := checkName(name); err != nil {
			return err
		}
	}
	return nil
}

func badPath(s string) error {
	return status.Errorf(codes.InvalidArgument, "invalid field path %q", s)
}

// IsDocumentName reports whether p stands for the document's own name.
func (p Path) IsDocumentName() bool { return len(p) == 1 && p[0] == DocumentName }

// String returns p as requests write it.
func (p Path) String() string {
	names := make([]string, len(p))
	for i, n := range p {
		if !simpleName.MatchString(n) {
			n = "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(n) + "`"
		}
		names[i] = n
	}
	return strings.Join(names, ".")
}

// Leads reports whether p is q, or the path of a map that q reaches into.
func (p Path) Leads(q Path) bool { return len(p) <= len(q) && slices.Equal(p, q[:len(p)]) }

// Get returns the field at p, or nil if there is none.
func (p Path) Get(fields map[string]*firestorepb.Value) *firestorepb.Value {
	for i, name := range p {
		v := fields[name]
		if v == nil || i == len(p)-1 {
			return v
		}
		fields = fieldsOf(v)
	}
	return nil
}

// With returns fields with v at p, making maps on the way where there are none; a nil v takes the
// field out. The argument is not changed; what does not change is shared.
func (p Path) With(fields map[string]*firestorepb.Value, v *firestorepb.Value) map[string]*firestorepb.Value {
	if v == nil && p.Get(fields) == nil {
		return fields
	}
	out := maps.Clone(fields)
	if out == nil {
		out = map[string]*firestorepb.Value{}
	}
	if len(p) > 1 {
		v = Fields(p[1:].With(fieldsOf(fields[p[0]]), v))
	}
	if v == nil {
		delete(out, p[0])
	} else {
		out[p[0]] = v
	}
	return out
}
