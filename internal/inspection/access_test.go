package inspection_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
)

// with returns a client that has another credential.
func (c *client) with(credential string) *client {
	other := *c
	other.credential = credential
	return &other
}

// at returns a client of the same credential that names another document.
func (c *client) at(doc string) *client {
	other := *c
	other.doc = doc
	return &other
}

func (c *client) key(t testing.TB, body string) state {
	t.Helper()
	return c.send(t, "POST", "/keys", body).wants(t, 201).state(t)
}

// routes are all operations on a document, and whether a key is enough.
var routes = []struct {
	method, path, body string
	key                bool
}{
	{"POST", "/keys", "", false},
	{"DELETE", "/keys/aaaaaaaaaaaaaaaa", "", true},
	{"POST", "/texts", `{"text":"x","about":"note"}`, false},
	{"PUT", "/generations/1", `{"size":5,"crc32c":1}`, true},
	{"PUT", "/generations/1/content", "hello", true},
	{"GET", "/generations/1", "", true},
	{"POST", "/generations/1/retry", "", true},
	{"GET", "/report", "", false},
	{"DELETE", "", "", true},
}

// A key opens one document, for as long as it says, and ends when it is ended.
func TestKeys(t *testing.T) {
	w := newWorld(t)
	s := w.start(t, func(c *inspection.Config) {
		c.Receiving.Sweep = time.Hour // nobody clears away what does not count any more
	})
	c := s.client(acme, "doc")
	made := c.key(t, `{"ttlSeconds":60}`)
	k := c.with(made.Key)
	if !strings.HasPrefix(made.Key, "bik_"+made.ID+"_") {
		t.Fatalf("%+v", made)
	}
	if got := k.upload(t, 1, "sent with a key", 4); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
	for _, r := range routes {
		if r.key {
			continue
		}
		if a := k.send(t, r.method, r.path, r.body); a.status != 403 || a.state(t).Code != "client_only" {
			t.Errorf("%s %s with a key: %d %s", r.method, r.path, a.status, a.body)
		}
	}
	t.Run("kept as a digest", func(t *testing.T) {
		all, err := w.clients(t).Database().Collection("keys").Documents(t.Context()).GetAll()
		must(t, err)
		secret := made.Key[strings.LastIndex(made.Key, "_")+1:]
		sum := sha256.Sum256([]byte(made.Key))
		for _, d := range all {
			if said := fmt.Sprint(d.Data()); strings.Contains(said, secret) || !strings.Contains(said, fmt.Sprint(sum[:])) {
				t.Errorf("%s", said)
			}
		}
	})
	t.Run("one document", func(t *testing.T) {
		missing := c.at("doc").get(t, 99).wants(t, 404)
		for _, r := range routes {
			a := k.at("doc-2").send(t, r.method, r.path, r.body, "Content-Range", "bytes 0-4/5")
			if a.status != 404 || sameProblem(a) != sameProblem(missing) {
				t.Errorf("%s %s: %d %s", r.method, r.path, a.status, a.body)
			}
		}
	})
	t.Run("spoilt", func(t *testing.T) {
		for _, spoilt := range []string{
			made.Key[:len(made.Key)-1] + flip(made.Key[len(made.Key)-1]), made.Key + "a", strings.ToUpper(made.Key), "bik_" + made.ID, "bik_",
			"bik_" + strings.Repeat("a", 16) + "_" + strings.Repeat("a", 32), "bik_../" + made.ID + "_" + strings.Repeat("a", 32),
		} {
			if a := c.with(spoilt).get(t, 1); a.status != 401 || a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%q: %d %s", spoilt, a.status, a.body)
			}
		}
	})
	t.Run("ends", func(t *testing.T) {
		other := c.key(t, "")
		c.with(made.Key).send(t, "DELETE", "/keys/"+other.ID, "").wants(t, 404)
		c.with(other.Key).get(t, 1).wants(t, 200)
		c.with(other.Key).send(t, "DELETE", "/keys/"+other.ID, "").wants(t, 204)
		c.with(other.Key).get(t, 1).wants(t, 401)
		c.send(t, "DELETE", "/keys/"+other.ID, "").wants(t, 204)
		elsewhere := s.client(acme, "doc-2").key(t, "")
		c.send(t, "DELETE", "/keys/"+elsewhere.ID, "").wants(t, 204)
		s.client(acme, "doc-2").with(elsewhere.Key).get(t, 1).wants(t, 404) // and not 401
		c.send(t, "DELETE", "/keys/"+made.ID, "").wants(t, 204)
		k.get(t, 1).wants(t, 401)
	})
	t.Run("eight", func(t *testing.T) {
		var keys []state
		for range 9 {
			keys = append(keys, c.key(t, `{"ttlSeconds":604800}`))
		}
		c.with(keys[0].Key).get(t, 1).wants(t, 401)
		for _, k := range keys[1:] {
			c.with(k.Key).get(t, 1).wants(t, 200)
		}
		c.send(t, "POST", "/keys", `{"ttlSeconds":604801}`).wants(t, 422)
		c.send(t, "POST", "/keys", `{"ttlSeconds":-1}`).wants(t, 422)
	})
	t.Run("expires", func(t *testing.T) {
		short := s.client(acme, "doc-3").key(t, `{"ttlSeconds":1}`)
		k := s.client(acme, "doc-3").with(short.Key)
		k.get(t, 1).wants(t, 404)
		waitFor(t, "its end", func() bool { return k.get(t, 1).status == 401 })
	})
}

func flip(b byte) string {
	if b == 'a' {
		return "b"
	}
	return "a"
}

// sameProblem is an answer but for the request that it names.
func sameProblem(a answer) string {
	id := a.header.Get("X-Request-Id")
	var header strings.Builder
	h := a.header.Clone()
	h.Del("Date")
	_ = h.Write(&header)
	return strings.ReplaceAll(fmt.Sprint(a.status, header.String(), a.body), id, "ID")
}

// Whoever names what is another's is told what is told of nothing, byte for byte.
func TestAnothersDocument(t *testing.T) {
	w := newWorld(t)
	s := w.start(t)
	owner := s.client(acme, "doc")
	owner.upload(t, 1, "acme's", 100)
	missing := s.client(globex, "nothing").get(t, 1).wants(t, 404)
	for name, c := range map[string]*client{
		"another tenant's token for a document of that name": s.client(globex, "doc"),
		"another document's token":                           s.client(acme, "else").at("doc"),
		"another tenant's token for another document":        s.client(globex, "else").at("doc"),
	} {
		for _, r := range routes {
			if strings.HasPrefix(name, "another tenant's token for a document of that name") && (r.method != "GET" || r.path == "") {
				continue // it is theirs: they may begin it
			}
			a := c.send(t, r.method, r.path, r.body, "Content-Range", "bytes 0-4/5")
			if a.status != 404 || sameProblem(a) != sameProblem(missing) {
				t.Errorf("%s: %s %s: %s", name, r.method, r.path, sameProblem(a))
			}
		}
	}
	if got := owner.get(t, 1).wants(t, 200).state(t); got.Verdict != "clean" {
		t.Errorf("after that: %+v", got)
	}
	// Theirs and ours of one name are two.
	s.client(globex, "doc").upload(t, 1, eicar, 100)
	if got := owner.get(t, 1).state(t); got.Verdict != "clean" {
		t.Errorf("acme's has become globex's: %+v", got)
	}
	s.client(globex, "doc").send(t, "DELETE", "", "").wants(t, 204)
	if got := owner.get(t, 1).wants(t, 200).state(t); got.Verdict != "clean" {
		t.Errorf("globex has erased acme's: %+v", got)
	}
}

// Nobody gets in without a credential for B: every route that has one.
func TestNoCredential(t *testing.T) {
	w := newWorld(t)
	s := w.start(t)
	ordinary := w.issuer.Sign(w.issuer.Claims("identity-acme", "user-1").Set("tn", acme).Set("rl", "admin").Set("rg", 1))
	for name, credential := range map[string]string{
		"none": "", "an ordinary token": ordinary, "an API key of the application": "bhk_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"rubbish": "x.y.z", "another use": w.issuer.Sign(w.claims(acme, "doc").Set("use", "Inspection")),
	} {
		for _, r := range routes {
			a := (&client{s, "doc", credential}).send(t, r.method, r.path, r.body, "Content-Range", "bytes 0-4/5")
			if a.status != 401 || a.header.Get("Content-Type") != "application/problem+json" || a.state(t).Code != "unauthenticated" {
				t.Errorf("%s: %s %s: %d %s", name, r.method, r.path, a.status, a.body)
			}
		}
	}
	r, err := http.NewRequest("GET", s.url+"/v1/documents/doc/report", nil)
	must(t, err)
	r.Header.Add("Authorization", "Bearer "+w.token(acme, "doc"))
	r.Header.Add("Authorization", "Bearer "+w.token(globex, "doc"))
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != 401 {
		t.Errorf("two credentials: %d", res.StatusCode)
	}
}

// Everything of a document goes: content that is under way, reports, keys.
func TestErase(t *testing.T) {
	w := newWorld(t)
	s := w.start(t)
	mine := w.clients(t)
	c := s.client(acme, "doc")
	k := c.with(c.key(t, "").Key)
	c.upload(t, 1, "the first", 100)
	c.announce(t, 3, "the third").wants(t, 201)
	c.part(t, 3, "the third", 0, 4).wants(t, 200)
	c.upload(t, 2, eicar, 100)
	if got := c.send(t, "GET", "/report", "").wants(t, 200).state(t); got.Generation != "3" || got.State != "receiving" {
		t.Errorf("the latest: %+v", got)
	}
	s.client(acme, "other").upload(t, 1, "stays", 100)
	k.send(t, "DELETE", "", "").wants(t, 204)
	k.get(t, 1).wants(t, 401)
	for n := range 3 {
		c.get(t, int64(n+1)).wants(t, 404)
	}
	c.send(t, "GET", "/report", "").wants(t, 404)
	c.send(t, "DELETE", "", "").wants(t, 204)
	if a := c.part(t, 3, "the third", 4, 9); a.status != 404 {
		t.Errorf("a part of what is erased: %d %s", a.status, a.body)
	}
	waitFor(t, "an empty bucket", func() bool { return len(objects(t, mine)) == 0 })
	for group, want := range map[string]int{"documents": 1, "generations": 1, "keys": 0} {
		if n := documents(t, mine, group); n != want {
			t.Errorf("%d %s are left, want %d", n, group, want)
		}
	}
	if got := c.upload(t, 1, "begun anew", 100); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
	s.client(acme, "other").get(t, 1).wants(t, 200)
}

// A tenant's own issuer, which B trusts by its own configuration, speaks for that tenant.
func TestTenantsIssuer(t *testing.T) {
	w := newWorld(t)
	own := tenancytest.NewIssuer(t)
	own.Rotate() // keys of one process are the same, in their order
	jwks := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, jwksOf(own.Key()))
	}))
	t.Cleanup(jwks.Close)
	s := w.start(t, func(c *inspection.Config) {
		c.Issuers = append(c.Issuers, clienttoken.Issuer{
			Kind: clienttoken.OIDC, Issuer: "https://id.acme.test", Audience: "https://inspection.test", JWKS: jwks.URL, Tenant: acme,
		})
	})
	now := time.Now().Unix()
	token := func(change ...any) string {
		c := tenancytest.Claims{"iss": "https://id.acme.test", "aud": "https://inspection.test", "sub": "batch", "iat": now, "exp": now + 600}
		for i := 0; i < len(change); i += 2 {
			c.Set(change[i].(string), change[i+1])
		}
		return own.Sign(c)
	}
	if got := (&client{s, "any", token()}).upload(t, 1, "by its issuer", 100); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
	s.client(acme, "any").get(t, 1).wants(t, 200)
	s.client(globex, "any").get(t, 1).wants(t, 404)
	(&client{s, "any", token("doc", "any", "tn", acme, "use", "inspection")}).get(t, 1).wants(t, 200)
	(&client{s, "any", token("doc", "other")}).get(t, 1).wants(t, 404)
	for name, bad := range map[string]string{
		"another tenant": token("tn", globex), "another use": token("use", "uploads"), "another audience": token("aud", project),
		"two audiences": token("aud", []string{"https://inspection.test", "https://else.test"}), "as Identity Platform": token("iss", "https://securetoken.google.com/"+project),
	} {
		if a := (&client{s, "any", bad}).get(t, 1); a.status != 401 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	// Whoever brings the token says whose it should be.
	for named, status := range map[string]int{acme: 201, globex: 404, "": 404} {
		if a := (&client{s, "any", token()}).send(t, "POST", "/keys", "{}", "X-TenantId", named); a.status != status {
			t.Errorf("brought as a token of %q: %d %s", named, a.status, a.body)
		}
	}
	// Identity Platform does not speak in its name.
	if a := (&client{s, "any", w.issuer.Sign(w.claims(acme, "any").Set("iss", "https://id.acme.test").Set("aud", "https://inspection.test"))}).get(t, 1); a.status != 401 {
		t.Errorf("signed by another: %d", a.status)
	}
}

// jwksOf is the JWK set of one key.
func jwksOf(k *tenancytest.Key) string {
	n := base64.RawURLEncoding.EncodeToString(k.Private.N.Bytes())
	return fmt.Sprintf(`{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":%q,"n":%q,"e":"AQAB"}]}`, k.ID, n)
}
