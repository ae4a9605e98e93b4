package attacks_test

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// usesPerSecond is how often a key in heavy use is used, at both processes together.
const usesPerSecond = 500

// use is one request with the key.
type use struct {
	began, ended time.Time
	status       int
}

// heavyUse uses a key again and again, in turns at each of some servers.
type heavyUse struct {
	mu   sync.Mutex
	uses [][]use // by server
}

// by has the callers, one for each server, ask in turns until stop is closed.
func (h *heavyUse) by(callers []caller, stop <-chan struct{}) {
	places := make(chan struct{}, 64)
	tick := time.NewTicker(time.Second / usesPerSecond)
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		places <- struct{}{}
		all.Go(func() {
			at := i % len(callers)
			began := time.Now()
			x := callers[at].api("GET", "/users?limit=1", "")
			<-places
			h.mu.Lock()
			defer h.mu.Unlock()
			h.uses[at] = append(h.uses[at], use{began, time.Now(), x.status})
		})
	}
}

// count is how many uses at a server were answered so.
func (h *heavyUse) count(server, status int) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range h.uses[server] {
		if u.status == status {
			n++
		}
	}
	return n
}

// revokedInUse: a key that is used five hundred times a second, in two processes, is revoked in the
// first (AK-04). There no use that begins afterwards succeeds, in the other none after 5 s; and in
// neither does one succeed that begins after one was refused.
func revokedInUse(t *testing.T, admin caller, first, second string) {
	key := admin.makeKey(t, "for a busy program")
	var callers []caller
	for _, origin := range []string{first, second} {
		callers = append(callers, caller{t: t, said: new(scroll), origin: origin, who: "acme", tenant: "acme", token: key.Key})
	}
	stop, over := make(chan struct{}), make(chan struct{})
	h := &heavyUse{uses: make([][]use, len(callers))}
	began := time.Now()
	go func() { defer close(over); h.by(callers, stop) }()
	// until waits for so many uses at each server that are answered so.
	until := func(n, status int) {
		t.Helper()
		for late := time.Now().Add(travel + slack + time.Minute); h.count(0, status) < n || h.count(1, status) < n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(late) {
				t.Errorf("%d and %d uses are answered %d, want %d", h.count(0, status), h.count(1, status), status, n)
				return
			}
		}
	}
	until(100, http.StatusOK)
	if x := admin.api("DELETE", "/keys/"+key.ID, ""); x.status != http.StatusNoContent {
		t.Errorf("revoking: %v", x)
	}
	revoked := time.Now()
	until(100, http.StatusUnauthorized)
	close(stop)
	<-over

	all := 0
	for server, bound := range []time.Duration{0, travel + slack} {
		var last, refused time.Time // when the last success began, and when the first refusal came
		for _, u := range h.uses[server] {
			all++
			switch u.status {
			case http.StatusOK:
				if u.began.After(last) {
					last = u.began
				}
			case http.StatusUnauthorized:
				if refused.IsZero() || u.ended.Before(refused) {
					refused = u.ended
				}
			default:
				t.Errorf("a use is answered %d", u.status)
			}
		}
		if last.After(revoked.Add(bound)) {
			t.Errorf("server %d lets a use in that began %v after the revocation", server, last.Sub(revoked))
		}
		if last.After(refused) {
			t.Errorf("server %d lets a use in that began %v after one was refused", server, last.Sub(refused))
		}
		t.Logf("server %d: the last success began %v after the revocation", server, last.Sub(revoked).Round(time.Millisecond))
	}
	t.Logf("%.0f uses a second", float64(all)/time.Since(began).Seconds())
}
