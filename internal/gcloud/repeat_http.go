package gcloud

import (
	"io"
	"net/http"
	"strings"

	"github.com/googleapis/gax-go/v2"
)

// repeatable are the ends of the addresses of POST requests that may be sent twice: they look
// something up, or issue a token or a signature, and change nothing.
var repeatable = []string{
	":lookup", ":signInWithPassword", ":signInWithCustomToken", "/token", // Identity Platform, and OAuth
	":generateAccessToken", ":signBlob", // IAM Credentials
}

// Repeat returns a transport that sends a request again, a few times, if it meets a passing fault
// and may be sent twice. It is for the services whose client libraries do not.
func Repeat(base http.RoundTripper) http.RoundTripper { return repeating{base} }

type repeating struct{ base http.RoundTripper }

func (t repeating) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, pause := req.Context(), backOff()
	for try := 0; ; try++ {
		resp, err := t.base.RoundTrip(req)
		if try == maxRepeats || !passing(resp, err) || !mayRepeat(req) || ctx.Err() != nil {
			return resp, err
		}
		again := req.Clone(ctx)
		if req.GetBody != nil {
			body, gone := req.GetBody()
			if gone != nil {
				return resp, err
			}
			again.Body = body
		}
		if gax.Sleep(ctx, pause.Pause()) != nil {
			return resp, Abandon(again, err)
		}
		if resp != nil {
			drain(resp)
		}
		req = again
	}
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport.
func (t repeating) CloseIdleConnections() { closeIdle(t.base) }

// passing reports whether the same request may well succeed a moment later.
func passing(resp *http.Response, err error) bool {
	return err != nil || resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode >= http.StatusInternalServerError && resp.StatusCode != http.StatusNotImplemented
}

// mayRepeat reports whether req does the same twice as once, and can be sent twice.
func mayRepeat(req *http.Request) bool {
	switch {
	case req.Body != nil && req.Body != http.NoBody && req.GetBody == nil:
		return false
	case req.Method == http.MethodGet, req.Method == http.MethodHead:
		return true
	case req.Method != http.MethodPost:
		return false
	}
	for _, end := range repeatable {
		if strings.HasSuffix(req.URL.Path, end) {
			return true
		}
	}
	return false
}

// drain reads what is left of an answer, so that its connection is used again.
func drain(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
}
