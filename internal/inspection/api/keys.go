package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

const (
	usualKeyLife = 24 * time.Hour
	mostKeyLife  = 7 * 24 * time.Hour
)

// InDocument is the input of an operation on a document. It is exported for the API's library. Who
// may name the document is decided by enter.
type InDocument struct {
	Document string `path:"doc" maxLength:"64" doc:"The document."`
	Tenant   string `header:"X-TenantId" doc:"The tenant that the document is taken to be of. A credential of another gets 404."`
}

// MakeKey is what a client says of the key that it wants.
type MakeKey struct {
	TTLSeconds int64 `json:"ttlSeconds,omitempty" minimum:"1" maximum:"604800" default:"86400" doc:"How long the key is good for."`
}

// MadeKey is a new key. Its text is not to be had again.
type MadeKey struct {
	ID      string    `json:"id" doc:"What the key is called when it is revoked."`
	Key     string    `json:"key" doc:"The key. It is a secret, and is not kept here."`
	Expires time.Time `json:"expires"`
}

type makeKeyInput struct {
	InDocument
	Body *MakeKey
}

type madeKeyOutput struct{ Body MadeKey }

type keyInput struct {
	InDocument
	ID string `path:"id" maxLength:"64"`
}

// keys registers the operations on keys.
func (a *api) keys() {
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "createKey", Method: http.MethodPost, Path: "/v1/documents/{doc}/keys", DefaultStatus: http.StatusCreated,
		Summary: "Makes a key for one document",
		Description: "Whoever has the key can send the document's content and ask what became of it. " +
			"A document has eight keys at most: with one more, the oldest ends.",
	}, client), operation(a, func(ctx context.Context, c caller, in *makeKeyInput) (*madeKeyOutput, error) {
		life := usualKeyLife
		if in.Body != nil && in.Body.TTLSeconds != 0 {
			life = time.Duration(in.Body.TTLSeconds) * time.Second
		}
		k, err := a.Store.NewKey(ctx, c.document, min(life, mostKeyLife))
		return &madeKeyOutput{MadeKey{k.ID, k.Text, k.Expires}}, err
	}))
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "revokeKey", Method: http.MethodDelete, Path: "/v1/documents/{doc}/keys/{id}", DefaultStatus: http.StatusNoContent,
		Summary:     "Ends a key",
		Description: "A key can end itself, and no other. A key that is gone is no error.",
	}, clientOrKey), operation(a, func(ctx context.Context, c caller, in *keyInput) (*struct{}, error) {
		if c.key != "" && c.key != in.ID {
			return nil, records.ErrNotFound
		}
		return nil, a.Store.RevokeKey(ctx, c.document, in.ID)
	}))
}
