package gcloud_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// An HTTP/2 connection on which nothing arrives any more is given up within seconds, as a gRPC
// connection is.
func TestSilentHTTPConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		server := &http.Server{Protocols: new(http.Protocols), Handler: http.NotFoundHandler()}
		server.Protocols.SetUnencryptedHTTP2(true)
		go func() { _ = server.Serve(listener) }()
		defer server.Close()
		transport := gcloud.NewTransport()
		transport.Proxy = nil
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
		transport.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) {
			return listener.dial(ctx, address)
		}
		defer transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		get := func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://test.example/", nil)
			if err != nil {
				return err
			}
			resp, err := transport.RoundTrip(req)
			if err != nil {
				return err
			}
			return resp.Body.Close()
		}
		if err := get(); err != nil {
			t.Fatal(err)
		}
		listener.silence()
		start := time.Now()
		err := get()
		if took := time.Since(start); err == nil || errors.Is(err, context.DeadlineExceeded) || took > 20*time.Second {
			t.Errorf("on a silent connection: %v after %v, want an error within 20s", err, took)
		}
		if err := get(); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A response counts in a limit until its body is closed or read to its end.
func TestLimitOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		limited := gcloud.NewLimit(2).Transport(roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return &http.Response{Body: io.NopCloser(strings.NewReader("x"))}, nil
		}))
		get := func(ctx context.Context) (*http.Response, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://test.example/", nil)
			if err != nil {
				return nil, err
			}
			return limited.RoundTrip(req)
		}
		var held []*http.Response
		for range 2 {
			resp, err := get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, resp)
		}
		gone, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		for _, ctx := range []context.Context{t.Context(), gone} {
			go func() {
				_, err := get(ctx)
				ended <- err
			}()
			synctest.Wait()
		}
		if sent != 2 {
			t.Errorf("%d requests were sent, want 2: one for each place", sent)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a request that is given up while it waits: %v", err)
		}
		held[0].Body.Close()
		if err := <-ended; err != nil || sent != 3 {
			t.Errorf("once there is a place: %v, %d sent", err, sent)
		}
		if _, err := io.ReadAll(held[1].Body); err != nil {
			t.Error(err)
		}
		if _, err := get(t.Context()); err != nil || sent != 4 {
			t.Errorf("once a body is read to its end: %v, %d sent", err, sent)
		}
	})
}
