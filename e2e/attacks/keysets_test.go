package attacks_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
)

// lair is an issuer on the attacker's host, which A has named, beside a good one that A and B have.
type lair struct {
	*town
	at   *server
	host *host
	good string // a token of the good issuer's
}

func newLair(t *testing.T, w *town) *lair {
	t.Helper()
	l := &lair{town: w, host: newHost(t)}
	l.at = w.serve(t, unlimited, l.host.may)
	realm := w.realm(t, "good-id")
	l.at.trust(t, w.b.ID, issuerAt(realm.Issuer()))
	l.good = minted(t, realm, nil)
	t.Cleanup(func() { w.trust(t, w.a.ID); w.trust(t, w.b.ID) })
	l.name(t, "/first")
	return l
}

// name has A name the issuer at that path of the host, and returns it.
func (l *lair) name(t *testing.T, path string) authpolicy.Issuer {
	t.Helper()
	evil := issuerAt(l.host.URL + path)
	evil.Algorithms = []string{"RS256", "ES256", "PS256", "EdDSA"}
	l.at.trust(t, l.a.ID, evil, issuerAt(l.Cloud.Providers().Realm("good-id").Issuer()))
	return evil
}

// unharmed checks that whoever has nothing to do with it is served.
func (l *lair) unharmed(t *testing.T) {
	t.Helper()
	for _, slug := range []string{"acme", "globex"} {
		l.wantIn(t, "a program of the good issuer", l.at, slug, l.good)
	}
}

// badKeySets: what an issuer may publish in place of keys (IF-04). A set that is none is a fault
// that can be told from a bad token (503); a bad key in a good set opens nothing (401). Whoever
// uses another issuer does not notice.
func badKeySets(t *testing.T, w *town) {
	l := newLair(t, w)
	l.unharmed(t)
	own := newRSA(t)
	good := publicJWK(&own.PublicKey, "k1")
	whole := keySet(good)
	for name, answer := range map[string]http.HandlerFunc{
		"10 MB":                    says(map[string]any{"padding": strings.Repeat("x", 10<<20), "keys": []any{good}}),
		"10,000 keys":              says(keySet(many(good, 10_000)...)),
		"one byte a second":        dripping,
		"nothing at all":           func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a redirect loop":          func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"a redirect to a good set": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere/keys", http.StatusFound) },
		"500":                      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"HTML": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!doctype html><p>Sign in to the network.")
		},
		"a bomb that says it is": bomb(true),
		"a bomb that does not":   bomb(false),
		"no keys":                says(keySet()),
		"a header of a megabyte": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
			says(whole)(w, r)
		},
		"a set that is cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"keys":[`))
		},
		"keys, and keys once more": raw(`{"keys":[],"keys":[]}`),
		"a number that has no end": raw(`{"keys":[{"kid":` + strings.Repeat("9", 200<<10) + `}]}`),
		"arrays without a bottom":  raw(strings.Repeat("[", 100<<10)),
	} {
		t.Run(name, func(t *testing.T) {
			path := "/" + strings.NewReplacer(" ", "-", ",", "").Replace(name)
			l.host.at("/elsewhere/keys", says(whole))
			l.host.at(path+"/keys", answer)
			evil := l.name(t, path)
			token := jwt(t, atHeader("k1"), accessClaims(evil.Issuer, time.Now()), byRSA(t, own))
			var all sync.WaitGroup
			for range 8 { // together, for one that hangs
				all.Go(func() {
					if x := l.program(t, l.at, "acme", "acme", token); x.status != http.StatusServiceUnavailable || x.code() != "unavailable" {
						t.Errorf("a token by it: %.300v", x)
					}
				})
			}
			l.unharmed(t)
			all.Wait()
			if n := l.host.count(path + "/keys"); n > 2 {
				t.Errorf("it was fetched %d times", n)
			}
		})
	}
	if l.host.count("/elsewhere/keys") != 0 {
		t.Error("a redirect was followed")
	}
	// What comes in place of a good set does not replace it.
	l.host.at("/turned/keys", says(whole))
	evil := l.name(t, "/turned")
	token := jwt(t, atHeader("k1"), accessClaims(evil.Issuer, time.Now()), byRSA(t, own))
	l.wantIn(t, "a token by a good set", l.at, "acme", token)
	l.host.at("/turned/keys", says(keySet()))
	l.wantOut(t, "a token by a key that is unknown", l.at, "acme", jwt(t, atHeader("k2"), accessClaims(evil.Issuer, time.Now()), byRSA(t, own)))
	l.wantIn(t, "the token by the good set", l.at, "acme", token)
}

// badKeys: keys that anybody could sign with, in a set beside a good one.
func badKeys(t *testing.T, w *town) {
	l := newLair(t, w)
	own, twin := newRSA(t), newRSA(t)
	small, bySmall := smallRSA(t, "small")
	secret := []byte("a secret that the whole world can read")
	_, edwards, err := ed25519.GenerateKey(nil)
	must(t, err)
	l.host.at("/keys", says(keySet(
		publicJWK(&own.PublicKey, "good"),
		rawJWK(own.N, 1, "one"), small,
		map[string]any{"kty": "oct", "kid": "oct", "alg": "HS256", "k": b64(secret)},
		publicJWK(&own.PublicKey, "twice"), publicJWK(&twin.PublicKey, "twice"),
		with(publicJWK(&twin.PublicKey, "private"), map[string]any{"d": b64(twin.D.Bytes())}),
		with(publicJWK(&twin.PublicKey, "encrypts"), map[string]any{"use": "enc"}),
		with(publicJWK(&twin.PublicKey, "no kid"), map[string]any{"kid": nil}),
		map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "edwards", "alg": "RS256", "x": b64(edwards.Public().(ed25519.PublicKey))},
	)))
	evil := l.name(t, "")
	claims := accessClaims(evil.Issuer, time.Now())
	l.wantIn(t, "a token by the good key", l.at, "acme", jwt(t, atHeader("good"), claims, byRSA(t, own)))
	for what, token := range map[string]string{
		"by an exponent of one":           jwt(t, atHeader("one"), claims, byNobody(own.Size())),
		"by 512 bits":                     jwt(t, atHeader("small"), claims, bySmall),
		"by a published secret":           jwt(t, with(atHeader("oct"), map[string]any{"alg": "HS256"}), claims, byHMAC(secret)),
		"by a secret that says RS256":     jwt(t, atHeader("oct"), claims, byHMAC(secret)),
		"by the first of two of one kid":  jwt(t, atHeader("twice"), claims, byRSA(t, own)),
		"by the second of two of one kid": jwt(t, atHeader("twice"), claims, byRSA(t, twin)),
		"by a private key in the set":     jwt(t, atHeader("private"), claims, byRSA(t, twin)),
		"by a key for encryption":         jwt(t, atHeader("encrypts"), claims, byRSA(t, twin)),
		"by a key without a kid":          jwt(t, with(atHeader(""), map[string]any{"kid": nil}), claims, byRSA(t, twin)),
		"by a key of another algorithm":   jwt(t, with(atHeader("edwards"), map[string]any{"alg": "EdDSA"}), claims, byEd25519(edwards)),
	} {
		l.wantOut(t, "a token "+what, l.at, "acme", token)
	}
	l.unharmed(t)
}

// kids is how many made-up key ids a flood has.
const kids = 10_000

// unknownKeys: a flood of tokens with key ids that nobody has published (IF-04) costs the issuer
// one fetch in thirty seconds, and those who use it nothing.
func unknownKeys(t *testing.T, w *town) {
	l := newLair(t, w)
	own := newRSA(t)
	l.host.at("/keys", says(keySet(publicJWK(&own.PublicKey, "k1"))))
	evil := l.name(t, "")
	claims := accessClaims(evil.Issuer, time.Now())
	sound := jwt(t, atHeader("k1"), claims, byRSA(t, own))
	l.wantIn(t, "a sound token", l.at, "acme", sound)
	began := time.Now()
	unsigned := func(string) []byte { return []byte("none") }
	crowd(kids, func(i int) {
		if i%100 == 0 {
			l.wantIn(t, "a sound token, meanwhile", l.at, "acme", sound)
			l.unharmed(t)
		}
		l.wantOut(t, "a made-up key id", l.at, "acme", jwt(t, atHeader(fmt.Sprint("x", i)), claims, unsigned))
	})
	if n, most := l.host.count("/keys"), 1+int(time.Since(began)/(30*time.Second)); n > most {
		t.Errorf("%d fetches in %v, want at most %d", n, time.Since(began), most)
	}
}

func many(key map[string]any, n int) []map[string]any {
	all := make([]map[string]any, n)
	for i := range all {
		all[i] = with(key, map[string]any{"kid": fmt.Sprint("k", i)})
	}
	return all
}

func raw(document string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(document))
	}
}

func dripping(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if _, err := w.Write([]byte(" ")); err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// bomb is 64 MiB of spaces, compressed.
func bomb(declared bool) http.HandlerFunc {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for range 64 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	}
	_ = z.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if declared {
			w.Header().Set("Content-Encoding", "gzip")
		}
		_, _ = w.Write(b.Bytes())
	}
}
