package vending

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// Scope lets tests ask the guards without a cloud.
type Scope struct{ s scope }

func NewScope(project, database, bucket string, readOnly bool) Scope {
	return Scope{siloScope(project, database, bucket, readOnly)}
}

func NewSignInScope(project, database, document string) Scope {
	return Scope{signInScope(project, database, document)}
}

// Beneath confines the scope to a subtree of its database.
func (s Scope) Beneath(document string) Scope {
	s.s.root += "/" + document
	return s
}

func (s Scope) Firestore(method string, message any) error {
	return s.s.checkFirestore(method, message)
}
func (s Scope) Metadata(ctx context.Context) error { return s.s.checkMetadata(ctx) }
func (s Scope) Document(name string) bool          { return s.s.document(name) }
func (s Scope) Parent(name string) bool            { return s.s.parent(name) }
func (s Scope) Storage(origin *url.URL, r *http.Request) error {
	return s.s.checkStorage(origin, r)
}

func FirestoreMethods() []string { return slices.Sorted(maps.Keys(firestoreRules)) }

// ParseKey parses a key file and returns what would print of the parsed key.
func ParseKey(file []byte, project, tokenURI string) (any, error) {
	s, err := parseKey(file, project, tokenURI)
	if err != nil {
		return nil, err
	}
	return s, nil
}

var (
	Attachment  = attachment
	ObjectName  = objectName
	ErrMisfiled = errMisfiled
)
