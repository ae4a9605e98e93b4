package vending

import (
	"context"
	"net/url"
	"strings"

	"google.golang.org/grpc/metadata"
)

// checkMetadata looks at what the official client sends beside its message: two headers name resources, by which Google
// routes the call, and both must agree with the scope. Any header that is not on the list is refused, an authorization or
// a quota project above all: code that sets one tries to be somebody else.
func (s *scope) checkMetadata(ctx context.Context) error {
	md, ok := metadata.FromOutgoingContext(ctx)
	if !ok {
		return nil
	}
	for key, values := range md {
		switch key {
		case "x-goog-api-client", "x-goog-is-transaction":
		case "google-cloud-resource-prefix":
			for _, v := range values {
				if v != s.database {
					return refuse(ErrForeign, "header %s: %q", key, v)
				}
			}
		case "x-goog-request-params":
			for _, v := range values {
				if !s.params(v) {
					return refuse(ErrForeign, "header %s: %q", key, v)
				}
			}
		default:
			return refuse(ErrDenied, "header %s is not on the list", key)
		}
	}
	return nil
}

// params reports whether each resource named in a routing header ("database=projects%2F...", "project_id=p&database_id=d")
// is within the scope.
func (s *scope) params(header string) bool {
	project, database, _ := strings.Cut(strings.TrimPrefix(s.database, "projects/"), "/databases/")
	for header != "" {
		var pair string
		pair, header, _ = strings.Cut(header, "&")
		key, value, _ := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(value)
		if err != nil {
			return false
		}
		switch key {
		case "project_id":
			if value != project {
				return false
			}
		case "database_id":
			if value != database {
				return false
			}
		case "database":
			if value != s.database {
				return false
			}
		case "parent":
			if !s.parent(value) {
				return false
			}
		case "collection_id":
		default:
			return false
		}
	}
	return true
}
