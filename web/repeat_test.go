package web_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// made is what an announced file is answered with.
type made struct {
	ID     string
	Upload *struct{ URL string }
	Note   string
}

func idempotencyKey(word string) func(*http.Request) { return webtest.Header("Idempotency-Key", word) }

// TestRepeatedRequests: with an Idempotency-Key a creating call is made once, and a repeat has the
// same answer without its signed request.
func TestRepeatedRequests(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	editor, admin := h.Bearer(t, h.Acme.Editor, "acme"), h.Bearer(t, h.Acme.Admin, "acme")
	const at, file = "/api/v1/uploads", `{"name":"a.txt","size":3}`
	w := h.Call("POST", at, file, editor, idempotencyKey("one"))
	first := webtest.Read[made](t, w, http.StatusCreated)
	if first.Upload == nil || first.Note != "" || w.Header().Get("Location") != at+"/"+first.ID || w.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("the first: %v %+v", w.Header(), first)
	}
	webtest.Read[struct{ ID string }](t, h.Call("GET", w.Header().Get("Location"), "", editor), http.StatusOK)

	w = h.Call("POST", at, file, editor, idempotencyKey("one"))
	again := webtest.Read[made](t, w, http.StatusCreated)
	if again.ID != first.ID || again.Upload != nil || again.Note == "" || w.Header().Get("Location") != at+"/"+first.ID || w.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the repeat: %v %+v", w.Header(), again)
	}
	webtest.WantProblem(t, "another body", h.Call("POST", at, `{"name":"b.txt","size":3}`, editor, idempotencyKey("one")), 422, "idempotency_key_reused")
	webtest.WantProblem(t, "no word", h.Call("POST", at, file, editor, idempotencyKey("ä")), 400, "malformed")
	for what, c := range map[string]struct{ who, key func(*http.Request) }{
		"another person": {admin, idempotencyKey("one")}, "another word": {editor, idempotencyKey("two")}, "no word": {editor, func(*http.Request) {}},
	} {
		if other := webtest.Read[made](t, h.Call("POST", at, file, c.who, c.key), http.StatusCreated); other.ID == first.ID || other.Upload == nil {
			t.Errorf("%s gets the first answer", what)
		}
	}

	webtest.WantProblem(t, "too large", h.Call("POST", at, `{"name":"c.txt","size":99999999}`, editor, idempotencyKey("three")), 413, "file_too_large")
	webtest.Read[made](t, h.Call("POST", at, file, editor, idempotencyKey("three")), http.StatusCreated)

	ids, mu, all := map[string]int{}, sync.Mutex{}, sync.WaitGroup{}
	for range 8 {
		all.Go(func() {
			switch w := h.Call("POST", at, file, editor, idempotencyKey("together")); w.Code {
			case http.StatusCreated:
				mu.Lock()
				defer mu.Unlock()
				ids[webtest.Read[made](t, w, http.StatusCreated).ID]++
			default:
				webtest.WantProblem(t, "beside the first", w, 409, "request_running")
			}
		})
	}
	all.Wait()
	if len(ids) != 1 {
		t.Errorf("requests that came together made %v", ids)
	}
}

// TestRoom: every answer of the API to a caller says what is left to them, and what is refused for
// it says when to come back.
func TestRoom(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	h.Handler = h.Site(t, door.Limits{Rate: 4, InFlight: 100, SignIns: 1e6})
	number := func(w http.Header, name string) int {
		t.Helper()
		n, err := strconv.Atoi(w.Get(name))
		if err != nil {
			t.Fatalf("%s: %v in %v", name, err, w)
		}
		return n
	}
	viewer := h.Bearer(t, h.Acme.Viewer, "acme")
	first := h.Call("GET", "/api/v1/uploads", "", viewer).Header()
	if number(first, "RateLimit-Limit") != 4 || number(first, "RateLimit-Remaining") != 3 || number(first, "RateLimit-Reset") < 1 {
		t.Errorf("the first answer: %v", first)
	}
	webtest.WantProblem(t, "a viewer makes a file", h.Call("POST", "/api/v1/uploads", `{"name":"a","size":1}`, viewer), 403, "forbidden")
	var last http.Header
	for range 8 {
		if w := h.Call("GET", "/api/v1/uploads", "", viewer); w.Code == http.StatusTooManyRequests {
			last = w.Header()
		}
	}
	if last == nil || number(last, "RateLimit-Remaining") != 0 || number(last, "Retry-After") < 1 {
		t.Errorf("the last answer: %v", last)
	}
	if w := h.Call("GET", "/api/v1/uploads", "", webtest.WithKey("nothing", "acme")); w.Header().Get("RateLimit-Limit") != "" {
		t.Errorf("a stranger is told of acme's share: %v", w.Header())
	}
}
