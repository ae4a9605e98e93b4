package outbound_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/bulkhead-saas/bulkhead/internal/outbound"
)

const canary = "CANARY-of-a-body"

func TestGetJSON(t *testing.T) {
	s, c := serve(t, outbound.Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/json" {
			t.Error("Accept is", r.Header.Get("Accept"))
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		fmt.Fprint(w, `{"keys":[]}`)
	})
	body, err := c.GetJSON(t.Context(), s.URL+"/keys", 0)
	if err != nil || string(body) != `{"keys":[]}` {
		t.Errorf("%s, %v", body, err)
	}
}

// TestBadAnswers: each is told by its kind, and no error shows any of the body.
func TestBadAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		want   outbound.Kind
		says   string
	}{
		"a web page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "Text/HTML; charset=utf-8")
			fmt.Fprint(w, "<p>"+canary)
		}, outbound.KindHTML, "HTML"},
		"plain text": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, canary)
		}, outbound.KindMediaType, "application/json"},
		"no type": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			fmt.Fprint(w, canary)
		}, outbound.KindMediaType, "application/json"},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			writeJSON(w, canary)
		}, outbound.KindMediaType, "compressed"},
		"an error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, canary)
		}, outbound.KindStatus, "500"},
		"nothing there": {http.NotFound, outbound.KindStatus, "404"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://u:p@inner.example.com/path?secret="+canary+"#f", http.StatusFound)
		}, outbound.KindRedirect, `"https://inner.example.com/path"`},
		"a redirect in a loop": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}, outbound.KindRedirect, "redirect"},
		"a redirect to no URL": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", ":\u202e"+strings.Repeat("x", 4000))
			w.WriteHeader(http.StatusMovedPermanently)
		}, outbound.KindRedirect, "redirect"},
		"too large, declared": {func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, strings.Repeat(" ", 2001)+canary)
		}, outbound.KindTooLarge, "1 KiB"},
		"too large, in pieces": {func(w http.ResponseWriter, _ *http.Request) {
			for range 30 {
				writeJSON(w, strings.Repeat(canary, 10))
				w.(http.Flusher).Flush()
			}
		}, outbound.KindTooLarge, "1 KiB"},
		"a large header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Large", strings.Repeat("x", 100<<10))
			writeJSON(w, "{}")
		}, outbound.KindUnreachable, "reached"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			writeJSON(w, canary)
		}, outbound.KindUnreachable, "reached"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := serve(t, outbound.Config{}, tc.answer)
			body, err := c.GetJSON(t.Context(), s.URL+"/a", 1<<10)
			if got := kindOf(t, err); got != tc.want || body != nil {
				t.Errorf("%s (%v) and %d bytes, want %s", got, err, len(body), tc.want)
			}
			if text := err.Error(); strings.Contains(text, canary) || !strings.Contains(text, tc.says) || len(text) > 500 {
				t.Errorf("%q, want %q and nothing of the body", text, tc.says)
			}
		})
	}
}

// TestRedirectReachesNobody: neither by GetJSON nor by the HTTP client.
func TestRedirectReachesNobody(t *testing.T) {
	hits := new(atomic.Int64)
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer inner.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		s, c := serve(t, outbound.Config{Exceptions: []string{inner.URL}}, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inner.URL, code)
		})
		if _, err := c.GetJSON(t.Context(), s.URL, 0); kindOf(t, err) != outbound.KindRedirect {
			t.Error(code, err)
		}
		res, err := c.HTTPClient().Post(s.URL, "text/plain", strings.NewReader("x"))
		if err == nil {
			res.Body.Close()
		}
		if kindOf(t, err) != outbound.KindRedirect {
			t.Error(code, err)
		}
	}
	if hits.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

func TestSlowServers(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	for name, answer := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-over },
		"a body that never ends": func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, "{")
			w.(http.Flusher).Flush()
			<-over
		},
	} {
		s := httptest.NewServer(answer)
		c := newClient(t, outbound.Config{Exceptions: []string{s.URL}, Timeout: 50 * time.Millisecond})
		if _, err := c.GetJSON(t.Context(), s.URL, 0); kindOf(t, err) != outbound.KindTimeout {
			t.Errorf("%s: %v", name, err)
		}
		t.Cleanup(s.Close)
		if name != "no answer" {
			continue // a library may lose what it reads a body with
		}
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, c.HTTPClient())
		trade := oauth2.Config{ClientID: "x", Endpoint: oauth2.Endpoint{TokenURL: s.URL + "/token"}}
		if _, err := trade.Exchange(ctx, "c1"); kindOf(t, err) != outbound.KindTimeout {
			t.Errorf("a library's call, %s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newClient(t, outbound.Config{Exceptions: []string{"http://127.0.0.1:9"}})
	if _, err := c.GetJSON(ctx, "http://127.0.0.1:9", 0); kindOf(t, err) != outbound.KindCanceled {
		t.Error(err)
	}
}

func TestUnreachable(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	at := "http://" + gone.Addr().String()
	c := newClient(t, outbound.Config{Exceptions: []string{at}, Resolver: names{}.resolver(t)})
	if _, err := c.GetJSON(t.Context(), at, 0); kindOf(t, err) != outbound.KindUnreachable {
		t.Error(err)
	}
	if _, err := c.GetJSON(t.Context(), "https://idp.example.com", 0); kindOf(t, err) != outbound.KindUnknownHost {
		t.Error(err)
	}
}

func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, "{}") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	wrongName := "https://localhost:" + port
	exceptions := []string{s.URL, wrongName}
	trusting := newClient(t, outbound.Config{Exceptions: exceptions, RootCAs: roots})
	if _, err := trusting.GetJSON(t.Context(), s.URL, 0); err != nil {
		t.Error(err)
	}
	if _, err := trusting.GetJSON(t.Context(), wrongName, 0); kindOf(t, err) != outbound.KindCertificate {
		t.Error(err)
	}
	if _, err := newClient(t, outbound.Config{Exceptions: exceptions}).GetJSON(t.Context(), s.URL, 0); kindOf(t, err) != outbound.KindCertificate {
		t.Error(err)
	}
	plain, _ := serve(t, outbound.Config{}, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, "{}") })
	asTLS := "https" + strings.TrimPrefix(plain.URL, "http")
	c := newClient(t, outbound.Config{Exceptions: []string{asTLS}})
	if _, err := c.GetJSON(t.Context(), asTLS, 0); kindOf(t, err) != outbound.KindCertificate {
		t.Error(err)
	}
}

// TestNoProxy: a proxy of the environment would connect in the guard's place.
func TestNoProxy(t *testing.T) {
	proxy, keepAlive := newClient(t, outbound.Config{}).Public()
	if proxy || keepAlive {
		t.Errorf("proxy %t, kept connections %t; want neither", proxy, keepAlive)
	}
}

// TestTokenCall: x/oauth2 exchanges a code under the same rules.
func TestTokenCall(t *testing.T) {
	s, c := serve(t, outbound.Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code") != "c1" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		writeJSON(w, `{"access_token":"a","token_type":"Bearer"}`)
	})
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, c.HTTPClient())
	good := oauth2.Config{ClientID: "x", Endpoint: oauth2.Endpoint{TokenURL: s.URL + "/token"}}
	if tok, err := good.Exchange(ctx, "c1"); err != nil || tok.AccessToken != "a" {
		t.Errorf("%v, %v", tok, err)
	}
	for _, address := range []string{"https://169.254.169.254/token", "http://127.0.0.1:1/token", "https://localhost/token"} {
		bad := oauth2.Config{ClientID: "x", Endpoint: oauth2.Endpoint{TokenURL: address}}
		_, err := bad.Exchange(ctx, "c1")
		var e *outbound.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestHTTPClientBoundsAnswers: whoever reads one gets at most MaxBody bytes.
func TestHTTPClientBoundsAnswers(t *testing.T) {
	s, c := serve(t, outbound.Config{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, outbound.MaxBody))
		if r.URL.Path == "/over" {
			_, _ = w.Write([]byte{0})
		}
	})
	for path, want := range map[string]bool{"/full": true, "/over": false} {
		res, err := c.HTTPClient().Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if (err == nil) != want || len(b) > outbound.MaxBody {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
	}
}
