package vending

import (
	"io"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// guardedTransport is the transport of one caller's Storage client: the shared one, with the guard before it and the
// tenant's credential on every request.
type guardedTransport struct{ caller *caller }

// RoundTrip sends one request, if the guard permits it. A key that the cloud rejects is looked up again in the vault, once,
// if the request can be sent again.
func (g guardedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	m := g.caller.home.machine
	checked := req
	key, err := g.caller.permit(req.Context(), func() (err error) {
		if err = g.caller.scope.checkStorage(m.storage, req); err != nil {
			return err
		}
		if err = g.caller.tickets.checkUpload(req.URL); err != nil {
			return err
		}
		checked, err = g.caller.scope.checkBody(req)
		return err
	})
	if err != nil {
		return nil, abandon(req, err)
	}
	resp, err := g.send(key, checked)
	if !rejected(resp, err) {
		return resp, err
	}
	fresh := g.caller.home.rejected(req.Context(), key)
	if fresh == nil || req.Body != nil && req.GetBody == nil {
		return resp, err
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		body, gone := req.GetBody()
		if gone != nil {
			return resp, err
		}
		again.Body = body
	}
	if resp != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
		_ = resp.Body.Close()
	}
	return g.send(fresh, again)
}

func (g guardedTransport) send(key *credential, req *http.Request) (*http.Response, error) {
	resp, err := authorize(key.creds, g.caller.home.machine.http).RoundTrip(req)
	if err == nil {
		g.caller.tickets.located(resp)
	}
	return resp, err
}

// rejected reports whether the cloud did not accept the credential: it said so, or gave no token.
func rejected(resp *http.Response, err error) bool {
	if err != nil {
		return status.Code(err) == codes.Unauthenticated
	}
	return resp.StatusCode == http.StatusUnauthorized
}
