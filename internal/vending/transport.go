package vending

import (
	"net/http"
	"time"

	"cloud.google.com/go/auth"
)

// cloudPlatform is the OAuth scope of every token: what an account may do is for its roles to say.
const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform"

// identityTimeout bounds a request to Identity Platform or the token endpoint.
const identityTimeout = 30 * time.Second

// newTransport returns an HTTP transport for many requests to one host.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 100
	return t
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

// authorize returns a transport that makes every request in the name of creds.
func authorize(creds *auth.Credentials, base http.RoundTripper) http.RoundTripper {
	return authorized{creds, base}
}

// abandon closes the body of a request that is not sent, as RoundTrippers must, and returns err.
func abandon(req *http.Request, err error) error {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return err
}
