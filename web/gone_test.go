package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// clientGone: a request that its client gave up is a line of the log, and no error of ours.
func clientGone(t *testing.T, h *webtest.House) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	leaves := func(r *http.Request) { *r = *r.WithContext(gone) }
	before := h.Log.Len()
	for what, w := range map[string]*httptest.ResponseRecorder{
		"a program": h.Call("GET", "/api/v1/users", "", h.Bearer(t, h.Acme.Viewer, "acme"), leaves),
		"a browser": h.Call("GET", "/t/acme/people", "", h.SignIn(t, h.Acme.Viewer), leaves),
	} {
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s that has gone is answered %d", what, w.Code)
		}
	}
	logged := h.Log.String()[before:]
	if n := strings.Count(logged, `"status":503`); n != 2 || strings.Contains(logged, `"level":"ERROR"`) {
		t.Errorf("%d lines for 2 requests that were given up:\n%s", n, logged)
	}
}
