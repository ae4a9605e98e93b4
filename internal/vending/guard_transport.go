package vending

import (
	"io"
	"net/http"

	"cloud.google.com/go/auth"
)

// guardedTransport is the transport of one caller's Storage client: the shared one, with the guard before it and the
// tenant's credential on every request.
type guardedTransport struct{ caller *caller }

// RoundTrip sends one request, if the guard permits it. A key that the cloud rejects is looked up again in the vault, once,
// if the request can be sent again.
func (g guardedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	m := g.caller.home.machine
	key, err := g.caller.permit(req.Context(), func() error { return g.caller.scope.checkStorage(m.storage, req) })
	if err != nil {
		return nil, abandon(req, err)
	}
	resp, err := authorized{key.creds, m.http}.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || req.Body != nil && req.GetBody == nil {
		return resp, err
	}
	fresh := g.caller.home.rejected(req.Context(), key)
	if fresh == nil {
		return resp, nil
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return resp, nil
		}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	_ = resp.Body.Close()
	return authorized{fresh.creds, m.http}.RoundTrip(again)
}

// authorized is a transport that makes every request in the name of creds, and of nobody else.
type authorized struct {
	creds *auth.Credentials
	base  http.RoundTripper
}

func (a authorized) RoundTrip(req *http.Request) (*http.Response, error) {
	t, err := a.creds.Token(req.Context())
	if err != nil {
		return nil, abandon(req, err)
	}
	out := req.Clone(req.Context())
	out.Header.Set("Authorization", "Bearer "+t.Value)
	return a.base.RoundTrip(out)
}

// abandon closes the body of a request that is not sent, as RoundTrippers must, and returns err.
func abandon(req *http.Request, err error) error {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return err
}
