package gcloud

import (
	"context"
	"net/http"
	"time"

	"cloud.google.com/go/auth"
)

// CloudPlatform is the OAuth scope of every token: the roles of an account limit what it may do.
const CloudPlatform = "https://www.googleapis.com/auth/cloud-platform"

// IdentityTimeout bounds a request to Identity Platform or the token endpoint.
const IdentityTimeout = 30 * time.Second

// NewTransport returns an HTTP transport for many requests to one host. Over HTTP/2, which Google's
// services speak, it opens another connection when one has as many requests under way as the
// service takes, and pings a connection that has been silent for 10 s. One that does not answer
// within 5 s is closed, and the requests on it fail.
func NewTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 100
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: keepAlive.Time, PingTimeout: keepAlive.Timeout}
	return t
}

// authorized is a transport that makes every request in the name of creds, and of nobody else.
type authorized struct {
	creds *auth.Credentials
	base  http.RoundTripper
}

func (a authorized) RoundTrip(req *http.Request) (*http.Response, error) {
	value, err := Authorization(req.Context(), a.creds)
	if err != nil {
		return nil, Abandon(req, err)
	}
	out := req.Clone(req.Context())
	out.Header.Set("Authorization", value)
	return a.base.RoundTrip(out)
}

// Authorize returns a transport that makes every request in the name of creds.
func Authorize(creds *auth.Credentials, base http.RoundTripper) http.RoundTripper {
	return authorized{creds, base}
}

// Authorization is the value of the header that makes a request in the name of creds.
func Authorization(ctx context.Context, creds *auth.Credentials) (string, error) {
	t, err := creds.Token(ctx)
	if err != nil {
		return "", err
	}
	return "Bearer " + t.Value, nil
}

// Abandon closes the body of a request that is not sent, as RoundTrippers must, and returns err.
func Abandon(req *http.Request, err error) error {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return err
}
