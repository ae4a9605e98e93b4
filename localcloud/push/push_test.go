package push_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud/push"
)

// Whatever a name is made to mean: the client that sends connects to loopback addresses alone.
func TestTheClientStaysOnLoopback(t *testing.T) {
	here := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer here.Close()
	res, err := push.Client(nil).Get(here.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for _, address := range []string{"http://192.0.2.1/", "http://[2001:db8::1]/"} { // RFC 5737 and 3849: nobody's
		if _, err := push.Client(nil).Get(address); err == nil || !strings.Contains(err.Error(), "is not a loopback address") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// What was allowed when it was configured is asked again when it is sent.
func TestSendAsksAgain(t *testing.T) {
	asked := 0
	here := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer here.Close()
	allowed := true
	s := push.New(push.Config{Allow: func(*url.URL) bool { return allowed }})
	defer s.Close()
	for _, allowed = range []bool{true, false} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, here.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(req, push.Token{}); (err == nil) != allowed {
			t.Errorf("sent where that is allowed (%v): %v", allowed, err)
		}
	}
	if asked != 1 {
		t.Errorf("%d requests were sent", asked)
	}
}
