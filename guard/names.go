package guard

import (
	"strings"
)

// below returns the path of a document below the root, if name is one.
func (g *Guard) below(name string) (path string, ok bool) {
	if !beneath(g.root, name) {
		return "", false
	}
	return name[len(g.root)+1:], true
}

// object reports whether name, whole, is an object of the scope's.
func (g *Guard) object(name string) bool {
	own, ok := strings.CutPrefix(name, g.prefix)
	return ok && g.bucket != "" && len(name) <= maxObjectName && objectName(own)
}

// beneath reports whether name lies under root. Firestore does not resolve dots, but something on
// the way might.
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

// segment reports whether s may stand between two slashes of a path.
func segment(s string) bool { return !strings.Contains(s, "/") && !dotted("/"+s) }

// documentPath reports whether path could be that of a document: collections and documents take
// turns.
func documentPath(path string) bool { return !dotted("/"+path) && strings.Count(path, "/")%2 == 1 }

// maxObjectName is how long an object's name may be, in bytes.
const maxObjectName = 1024

// objectName reports whether name may name an object: what Cloud Storage allows, without segments
// that some step on the way could resolve, and without control characters.
func objectName(name string) bool {
	return len(name) <= maxObjectName && !dotted("/"+name) && strings.IndexFunc(name, notInName) < 0
}

// notInName also refuses U+FFFD, which is what an invalid byte of UTF-8 reads as.
func notInName(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\uFFFD' }
