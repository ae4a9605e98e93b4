package guard

import (
	"io"
	"net/http"
	"net/url"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Transport is an http.RoundTripper for one caller's Storage client: a transport that many share,
// with the guard before it and the caller's credential on each request.
type Transport struct {
	guard  *Guard
	issued *Issued
	caller Caller
	origin *url.URL
	base   http.RoundTripper
}

// NewTransport returns a Transport whose requests go to origin, which is scheme and host, through
// base. issued is what was issued to the caller; it may be nil if the guard tracks nothing.
func NewTransport(g *Guard, issued *Issued, caller Caller, origin *url.URL, base http.RoundTripper) *Transport {
	return &Transport{g, issued, caller, origin, base}
}

// RoundTrip sends one request, if the guard permits it. If the cloud rejects the credential, it is
// sent again with the one that the caller has instead, if its body can be sent again.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	checked := req
	credential, err := judge(ctx, t.caller, func() (err error) {
		checked, err = t.guard.Storage(t.origin, req, t.issued)
		return err
	})
	if err != nil {
		return nil, abandon(req, err)
	}
	resp, err := t.send(credential, checked)
	if !rejected(resp, err) {
		return resp, err
	}
	fresh := t.caller.Rejected(ctx, credential)
	if fresh == nil || checked.Body != nil && checked.GetBody == nil {
		return resp, err
	}
	again := checked.Clone(ctx)
	if checked.GetBody != nil {
		body, gone := checked.GetBody()
		if gone != nil {
			return resp, err
		}
		again.Body = body
	}
	if resp != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
		_ = resp.Body.Close()
	}
	return t.send(fresh, again)
}

func (t *Transport) send(c Credential, req *http.Request) (*http.Response, error) {
	authorization, err := c.Authorization(req.Context())
	if err != nil {
		return nil, abandon(req, err)
	}
	out := req.Clone(req.Context())
	out.Header.Set("Authorization", authorization)
	resp, err := t.base.RoundTrip(out)
	if err == nil {
		t.issued.Located(resp)
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

// abandon closes the body of a request that is not sent, as RoundTrippers must, and returns err.
func abandon(req *http.Request, err error) error {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return err
}
