package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

// caller is who a request speaks for: the document that its address names, which its credential is
// for.
type caller struct {
	document records.Document
	key      string // the id of the key that it came with; "": a client's token
}

// tenantHeader names the tenant that whoever brings a client's token takes the client to be of.
const tenantHeader = "X-TenantId"

// authenticate returns the caller of a request to a document. A credential for another document or
// of another tenant gets records.ErrNotFound, whatever there is.
func (a *api) authenticate(ctx context.Context, authorization, document string) (caller, error) {
	scheme, credential, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return caller{}, errUnauthenticated
	}
	var c caller
	if strings.HasPrefix(credential, records.KeyPrefix) {
		opens, id, err := a.Store.OpenKey(ctx, credential)
		if errors.Is(err, records.ErrNotFound) {
			return caller{}, errUnauthenticated
		}
		if err != nil {
			return caller{}, err
		}
		c = caller{opens, id}
	} else {
		client, err := a.Verifier.Verify(ctx, credential)
		if err != nil {
			return caller{}, err
		}
		if client.Document == "" && clienttoken.IsName(document) { // any document of its tenant
			client.Document = document
		}
		c.document = records.Document{Tenant: client.Tenant, ID: client.Document}
	}
	if c.document.ID != document {
		return caller{}, records.ErrNotFound
	}
	return c, nil
}

type callerKey struct{}

// enter is what stands before every operation on a document. clientOnly says that a key is not
// enough, and life how long the operation may take.
func (a *api) enter(clientOnly bool, life time.Duration) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		within, cancel := context.WithTimeout(ctx.Context(), life)
		defer cancel()
		ctx = huma.WithContext(ctx, within)
		r, w := humago.Unwrap(ctx)
		r = r.WithContext(within)
		c, leave, err := a.admit(r, clientOnly)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		defer leave()
		next(huma.WithValue(ctx, callerKey{}, c))
	}
}

func (a *api) admit(r *http.Request, clientOnly bool) (caller, func(), error) {
	if len(r.Header.Values("Authorization")) != 1 {
		return caller{}, nil, errUnauthenticated
	}
	c, err := a.authenticate(r.Context(), r.Header.Get("Authorization"), r.PathValue("doc"))
	if err != nil {
		return caller{}, nil, err
	}
	if clientOnly && c.key != "" {
		return caller{}, nil, errClientOnly
	}
	for _, named := range r.Header.Values(tenantHeader) {
		if named != c.document.Tenant {
			return caller{}, nil, records.ErrNotFound
		}
	}
	leave, err := a.counts.enter(c.document.Tenant)
	return c, leave, err
}

// operation hands a handler its caller, and turns its error into what a program is told.
func operation[In, Out any](a *api, h func(context.Context, caller, *In) (*Out, error)) func(context.Context, *In) (*Out, error) {
	return func(ctx context.Context, in *In) (*Out, error) {
		c, ok := ctx.Value(callerKey{}).(caller)
		if !ok {
			return nil, a.problem(ctx, errUnauthenticated)
		}
		out, err := h(ctx, c, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	}
}
