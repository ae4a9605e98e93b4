package attacks_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
)

// outage: an issuer that is away, and keys that come and go (IF-06), by a clock that is moved.
func outage(t *testing.T, w *town) {
	h := newHost(t)
	var later atomic.Int64
	s := w.serve(t, unlimited, h.may, func(cfg *app.Config) {
		cfg.IssuersNow = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	pass := func(d time.Duration) { later.Add(int64(d)) }
	one, two := newRSA(t), newRSA(t)
	setOne, setTwo := publicJWK(&one.PublicKey, "one"), publicJWK(&two.PublicKey, "two")
	evil := issuerAt(h.URL)
	s.trust(t, w.a.ID, evil)
	defer w.trust(t, w.a.ID)
	issued := time.Now().Add(50 * time.Second) // within the leeway: it must outlive the keys
	claims := with(accessClaims(evil.Issuer, issued), map[string]any{"exp": issued.Add(24 * time.Hour).Unix()})
	byOne, byTwo := jwt(t, atHeader("one"), claims, byRSA(t, one)), jwt(t, atHeader("two"), claims, byRSA(t, two))
	down := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }

	unavailable := func(what, token string) {
		t.Helper()
		x := w.program(t, s, "acme", "acme", token)
		if x.status != http.StatusServiceUnavailable || x.code() != "unavailable" || x.header.Get("Retry-After") == "" {
			t.Errorf("%s: %.300v", what, x)
		}
	}
	h.at("/keys", down)
	unavailable("cold, and the issuer is down", byOne)
	h.at("/keys", says(keySet(setOne)))
	pass(6 * time.Second)
	w.wantIn(t, "the issuer is back", s, "acme", byOne)

	h.at("/keys", down)
	for range 47 { // warm: it is used each half hour, until half an hour before the day is over
		pass(30 * time.Minute)
		for range 3 {
			w.wantIn(t, "while the issuer is down", s, "acme", byOne)
		}
	}
	unavailable("a new key, while the issuer is down", byTwo)
	pass(30*time.Minute + time.Second)
	unavailable("after a day", byOne)

	h.at("/keys", says(keySet(setOne, setTwo))) // a rotation, with an overlap
	later.Store(0)
	s = w.serve(t, unlimited, h.may, func(cfg *app.Config) {
		cfg.IssuersNow = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	s.trust(t, w.a.ID, evil)
	for range 3 {
		w.wantIn(t, "the old key in the overlap", s, "acme", byOne)
		w.wantIn(t, "the new key in the overlap", s, "acme", byTwo)
	}
	h.at("/keys", says(keySet(setTwo))) // the old one is withdrawn
	pass(5 * time.Minute)
	w.wantOut(t, "a key that was withdrawn five minutes ago", s, "acme", byOne)
	w.wantIn(t, "the new key", s, "acme", byTwo)
	h.at("/keys", down) // which brings nothing back
	pass(6 * time.Minute)
	unavailable("a withdrawn key while the issuer is down", byOne)
	w.wantIn(t, "the new key while the issuer is down", s, "acme", byTwo)
}
