package inspection_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/api"
)

// One tenant's requests do not count against another's.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	s := w.start(t, func(c *inspection.Config) { c.Requests = api.Limits{Rate: 0.001, Burst: 5, AtOnce: 100} })
	c := s.client(acme, "doc")
	for range 5 {
		c.get(t, 1).wants(t, 404)
	}
	if a := c.get(t, 1); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d %s", a.status, a.body)
	}
	s.client(globex, "doc").get(t, 1).wants(t, 404)

	// Two that never send what they promise are all that a tenant has.
	s = w.start(t, func(c *inspection.Config) { c.Requests = api.Limits{Rate: 1000, Burst: 1000, AtOnce: 2} })
	slow := s.client("tn-slow000001", "doc")
	slow.announce(t, 1, noise(100)).wants(t, 201)
	for range 2 {
		slow.hold(t, 1)
	}
	slow.get(t, 1).wants(t, 429)
	s.client(globex, "doc").get(t, 1).wants(t, 404)
}

// hold begins to send a part of 100 bytes, and goes no further until the test ends. The service has
// begun to read it when hold returns.
func (c *client) hold(t *testing.T, generation int64) {
	t.Helper()
	body := &stuck{begun: make(chan struct{}), until: t.Context().Done()}
	r, err := http.NewRequest("PUT", fmt.Sprintf("%s/v1/documents/%s/generations/%d/content", c.url, c.doc, generation), body)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+c.credential)
	r.Header.Set("Content-Range", "bytes 0-99/100")
	r.Header.Set("Expect", "100-continue") // so the body is asked for by whoever reads it
	patient := &http.Transport{ExpectContinueTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if resp, err := patient.RoundTrip(r); err == nil {
			resp.Body.Close()
		}
	}()
	select {
	case <-body.begun:
	case <-ended:
		t.Fatal("the service does not read the part")
	}
}

// stuck is a body that has one byte, and no more before it breaks off.
type stuck struct {
	begun chan struct{}
	sent  bool
	until <-chan struct{}
}

func (s *stuck) Read(p []byte) (int, error) {
	if !s.sent {
		s.sent = true
		close(s.begun)
		return copy(p, "x"), nil
	}
	<-s.until
	return 0, io.ErrUnexpectedEOF
}

// What no operation has seen is refused alike.
func TestOtherRequests(t *testing.T) {
	w := newWorld(t)
	s := w.start(t)
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/", 404, "no_route"}, {"GET", "/v1/documents", 404, "no_route"}, {"GET", "/v1/documents/a/generations", 404, "no_route"},
		{"PATCH", "/v1/documents/a", 405, "method"}, {"GET", "/v1/documents/a/keys", 405, "method"},
	} {
		r, err := http.NewRequest(c.method, s.url+c.path, nil)
		must(t, err)
		res, err := http.DefaultClient.Do(r)
		must(t, err)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		must(t, err)
		if res.StatusCode != c.status || !strings.Contains(string(body), `"code":"`+c.code+`"`) || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s", c.method, c.path, res.StatusCode, body)
		}
		if c.status == 405 && res.Header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
	r, err := http.NewRequest("PUT", s.url+"/v1/documents/a/generations/1/content", io.LimitReader(zeros{}, 33<<20))
	must(t, err)
	r.ContentLength = 33 << 20
	res, err := http.DefaultClient.Do(r)
	if err == nil {
		res.Body.Close()
		if res.StatusCode != 413 {
			t.Errorf("33 MiB: %d", res.StatusCode)
		}
	}
	res, err = http.Get(s.url + "/healthz")
	must(t, err)
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("healthz: %d", res.StatusCode)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// The description is sound, and names every operation with its credentials.
func TestDescription(t *testing.T) {
	w := newWorld(t)
	s := w.start(t)
	res, err := http.Get(s.url + "/openapi.json")
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(body)
	must(t, err)
	n := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			n++
			if op.Security == nil || len(*op.Security) == 0 || op.OperationID == "" || op.Responses.Default() == nil {
				t.Errorf("%s %s: %+v", method, path, op)
			}
		}
	}
	if n != len(routes) {
		t.Errorf("%d operations are described, want %d", n, len(routes))
	}
}

// Pages of the origins that are listed may read answers, and others may not.
func TestOrigins(t *testing.T) {
	w := newWorld(t)
	s := w.start(t, func(c *inspection.Config) { c.Origins = []string{"https://app.test"} })
	ask := func(method, origin string) *http.Response {
		r, err := http.NewRequest(method, s.url+"/v1/documents/doc/report", nil)
		must(t, err)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "GET")
		res, err := http.DefaultClient.Do(r)
		must(t, err)
		res.Body.Close()
		return res
	}
	if res := ask("OPTIONS", "https://app.test"); res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Origin") != "https://app.test" ||
		!strings.Contains(res.Header.Get("Access-Control-Allow-Headers"), "Authorization") || res.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("a listed origin asks: %d %v", res.StatusCode, res.Header)
	}
	if res := ask("GET", "https://app.test"); res.StatusCode != 401 || res.Header.Get("Access-Control-Allow-Origin") != "https://app.test" {
		t.Errorf("a listed origin: %d %v", res.StatusCode, res.Header)
	}
	for _, other := range []string{"https://app.test.evil.test", "http://app.test", "null", "*"} {
		if res := ask("OPTIONS", other); res.StatusCode == 204 || res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", other, res.StatusCode, res.Header)
		}
	}
}
