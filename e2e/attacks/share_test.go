package attacks_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/web/door"
)

// share is what one tenant may take of the process that is flooded.
var share = door.Limits{Rate: 20, InFlight: 10, SignIns: 5}

// flood: A asks for ten times its share, in the API, on pages and at the sign-in, from addresses
// that it makes up, while B and C go about their business (RE-01). A is told to come back later; B
// and C are served each time.
func flood(t *testing.T, w *town) {
	limited := w.serve(t, share)
	a, b, c := limited.as(t, w.said, w.a.Viewer), limited.as(t, w.said, w.b.Viewer), limited.as(t, w.said, w.c.Viewer)
	const seconds = 3
	began := time.Now()
	var served, refused int
	var mu sync.Mutex
	var all sync.WaitGroup
	all.Go(func() {
		n := int(10 * share.Rate * seconds)
		crowd(n, func(i int) {
			time.Sleep(time.Until(began.Add(time.Duration(i) * seconds * time.Second / time.Duration(n)))) // evenly
			spoofed := header("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i%250))
			var x exchange
			switch i % 10 {
			case 0:
				x = a.page("GET", "/t/acme/people", "", spoofed)
			case 1:
				x = a.api("POST", "/uploads", `{"name":"x","type":"text/plain","size":1}`, spoofed) // too low a role, and counted not at all
			default:
				x = a.api("GET", "/users", "", spoofed)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case x.status == http.StatusOK:
				served++
			case x.status == http.StatusTooManyRequests:
				refused++
				if after, err := strconv.Atoi(x.header.Get("Retry-After")); err != nil || after < 1 {
					t.Errorf("acme is not told when to come back: %v", x.header)
				}
			case i%10 != 1 || x.status != http.StatusForbidden:
				t.Errorf("acme: %v", x)
			}
		})
	})
	all.Go(func() { // guesses passwords
		tooMany := 0
		for range 50 {
			x := a.api("POST", "/token", `{"email":"x@acme.test","password":"wrong"}`, header("Authorization", ""))
			if x.status == http.StatusTooManyRequests {
				tooMany++
			} else if x.status != http.StatusUnauthorized {
				t.Errorf("a guess: %v", x)
			}
		}
		if tooMany == 0 {
			t.Error("passwords may be guessed without end")
		}
	})
	for _, neighbour := range []caller{b, c} {
		all.Go(func() {
			for i := range int(share.Rate * seconds / 2) {
				time.Sleep(time.Until(began.Add(time.Duration(2*i) * time.Second / time.Duration(share.Rate))))
				if x := neighbour.api("GET", "/users", ""); x.status != http.StatusOK {
					t.Errorf("%s pays for acme: %v", neighbour.who, x)
				}
			}
		})
	}
	all.Go(func() {
		for _, p := range []string{w.b.Admin.Email, w.b.Editor.Email} {
			body := fmt.Sprintf(`{"email":%q,"password":"password-of-the-admin"}`, p)
			if x := b.api("POST", "/token", body, header("Authorization", "")); x.status == http.StatusTooManyRequests {
				t.Errorf("globex's people cannot sign in: %v", x)
			}
		}
	})
	all.Wait()
	if most := share.Rate * (2 + time.Since(began).Seconds() + 1); float64(served) > most {
		t.Errorf("acme was served %d times, which is more than %.0f", served, most)
	}
	if refused == 0 {
		t.Error("acme was never told to wait")
	}
	t.Logf("acme: %d served, %d told to wait", served, refused)
}

// longLists: what a list costs is bounded by the list's part, however many parts there are and
// whatever is asked for (RE-05).
func longLists(t *testing.T, w *town) {
	const files = 250
	c := w.as(t, w.c.Editor)
	crowd(files, func(i int) {
		if x := c.api("POST", "/uploads", fmt.Sprintf(`{"name":"%d.txt","type":"text/plain","size":1}`, i)); x.status != http.StatusCreated {
			t.Errorf("announcing: %v", x)
		}
	})
	type part struct {
		Uploads []struct{ ID string }
		Next    string
	}
	for _, limit := range []string{"0", "-1", "201", "1000000", "1e3", "9223372036854775808"} {
		if x := c.api("GET", "/uploads?limit="+limit, ""); x.status != http.StatusUnprocessableEntity {
			t.Errorf("limit=%s: %.300v", limit, x)
		}
	}
	seen, next := map[string]bool{}, ""
	for parts := 1; ; parts++ {
		x := c.api("GET", "/uploads?limit=7&cursor="+next, "")
		if x.status != http.StatusOK || len(x.body) > 8<<10 {
			t.Fatalf("part %d: %d bytes, %.300v", parts, len(x.body), x)
		}
		list := read[part](t, x.body)
		if len(list.Uploads) > 7 {
			t.Errorf("part %d has %d", parts, len(list.Uploads))
		}
		for _, u := range list.Uploads {
			if seen[u.ID] {
				t.Errorf("%s is shown twice", u.ID)
			}
			seen[u.ID] = true
		}
		if next = list.Next; next == "" {
			break
		}
		if parts > files {
			t.Fatal("the list does not end")
		}
		if parts == 2 { // a place in C's list means nothing in A's: it leads nowhere but into A's own
			if x := w.as(t, w.a.Editor).api("GET", "/uploads?cursor="+next, ""); x.status >= 500 {
				t.Errorf("another tenant's cursor: %v", x)
			}
		}
	}
	if len(seen) != files {
		t.Errorf("%d of %d files are in the list", len(seen), files)
	}
	if x := c.page("GET", "/t/initech/files", ""); x.status != http.StatusOK || len(x.body) > 1<<20 {
		t.Errorf("the page: %d, %d bytes", x.status, len(x.body))
	}
	// Whoever looks at a list settles files that nobody has sent. Other stories want none of it.
	all := slices.Collect(maps.Keys(seen))
	crowd(len(all), func(i int) {
		if x := c.api("DELETE", "/uploads/"+all[i], ""); x.status != http.StatusNoContent {
			t.Errorf("deleting: %v", x)
		}
	})
}
