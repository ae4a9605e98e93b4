package guard

import (
	"context"
	"net/url"
	"strings"

	"google.golang.org/grpc/metadata"
)

// Metadata returns nil if the scope permits what the official client sends beside a message in the
// context of a call; else a *Refusal. Two headers name resources, by which Google routes the call,
// and both must agree with the scope. Any header that is not on the list is refused, an
// authorization or a quota project above all: code that sets one tries to be somebody else.
func (g *Guard) Metadata(ctx context.Context) error {
	md, ok := metadata.FromOutgoingContext(ctx)
	if !ok {
		return nil
	}
	for key, values := range md {
		switch key {
		case "x-goog-api-client", "x-goog-is-transaction":
		case "google-cloud-resource-prefix":
			for _, v := range values {
				if v != g.database {
					return refuse(ErrForeign, "header %s: %q", key, v)
				}
			}
		case "x-goog-request-params":
			for _, v := range values {
				if !g.params(v) {
					return refuse(ErrForeign, "header %s: %q", key, v)
				}
			}
		default:
			return refuse(ErrRefused, "header %s is not on the list", key)
		}
	}
	return nil
}

// params reports whether each resource named in a routing header ("database=projects%2F...",
// "project_id=p&database_id=d") is within the scope.
func (g *Guard) params(header string) bool {
	for header != "" {
		var pair string
		pair, header, _ = strings.Cut(header, "&")
		key, value, _ := strings.Cut(pair, "=")
		var ok bool
		switch key {
		case "project_id":
			ok = unescapesTo(value, g.project)
		case "database_id":
			ok = unescapesTo(value, g.databaseID)
		case "database":
			ok = unescapesTo(value, g.database)
		case "parent":
			name, err := url.QueryUnescape(value)
			ok = err == nil && (name == g.root || beneath(g.root, name))
		case "collection_id":
			ok = true
		}
		if !ok {
			return false
		}
	}
	return true
}

// unescapesTo reports whether escaped is how url.QueryEscape writes want. Each call asks, so it
// makes no copy.
func unescapesTo(escaped, want string) bool {
	const hex = "0123456789ABCDEF"
	for i := range len(want) {
		switch c := want[i]; {
		case len(escaped) > 2 && escaped[0] == '%' && escaped[1] == hex[c>>4] && escaped[2] == hex[c&15]:
			escaped = escaped[3:]
		case escaped != "" && escaped[0] == c && c != '%' && c != '+':
			escaped = escaped[1:]
		default:
			return false
		}
	}
	return escaped == ""
}
