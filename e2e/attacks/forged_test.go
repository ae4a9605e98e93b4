package attacks_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// forged: tokens that nobody issued, at the API, at the exchange and in a session (TF-01, TF-02,
// TF-03). What is forged are A's admin's own token, and one of A's issuer, made B's.
func forged(t *testing.T, w *town) {
	h := newHost(t)
	s := w.serve(t, unlimited, h.may)
	issuerKey, own := newRSA(t), newRSA(t)
	h.at("/keys", says(keySet(publicJWK(&issuerKey.PublicKey, "k1"))))
	h.at("/own/keys", says(keySet(publicJWK(&own.PublicKey, "own"))))
	s.trust(t, w.a.ID, issuerAt(h.URL))
	s.trust(t, w.b.ID, issuerAt(h.URL+"/b"))
	h.at("/b/keys", says(keySet(publicJWK(&issuerKey.PublicKey, "k1"))))
	defer w.trust(t, w.a.ID)
	defer w.trust(t, w.b.ID)

	admin := s.as(t, w.said, w.a.Admin)
	google := decoded(t, admin.token)
	for name, secret := range map[string]string{"tn": w.b.ID.String(), "rl": "admin", "user_id": w.b.Admin.ID.String(), "sub": w.b.Admin.ID.String()} {
		google.claims[name] = secret
	}
	google.claims["rg"], google.claims["firebase"].(map[string]any)["tenant"] = int(w.b.Region), w.b.IdentityTenant
	sound := accessClaims(h.URL, time.Now())
	w.wantIn(t, "a sound token", s, "acme", jwt(t, atHeader("k1"), sound, byRSA(t, issuerKey)))

	secrets := publicForms(t, &issuerKey.PublicKey, "k1")
	for name, pem := range certificates(t, w) {
		secrets["Google's certificate "+name] = []byte(pem)
		secrets["Google's key "+name] = publicKeyOf(t, pem)
	}
	nothing := func(string) []byte { return nil }
	tokens := map[string]string{}
	for kind, of := range map[string]parts{"ours": google, "the issuer's": {atHeader("k1"), sound}, "B's issuer's": {atHeader("k1"), accessClaims(h.URL+"/b", time.Now())}} {
		add := func(what string, change map[string]any, sign signer) {
			tokens[kind+": "+what] = jwt(t, with(of.header, change), of.claims, sign)
		}
		for _, none := range []string{"none", "None", "nOnE", "NONE", ""} {
			add("alg "+none, map[string]any{"alg": none}, nothing)
			add("alg "+none+", with a signature", map[string]any{"alg": none}, byRSA(t, own))
		}
		add("no alg", map[string]any{"alg": nil}, nothing)
		add("no signature", nil, nothing)
		add("another's signature", nil, func(string) []byte { b, _ := base64.RawURLEncoding.DecodeString(lastPart(admin.token)); return b })
		for form, secret := range secrets {
			for _, alg := range []string{"HS256", "HS384", "HS512", "RS256"} {
				add("HMAC by "+form+" as "+alg, map[string]any{"alg": alg}, byHMAC(secret))
			}
		}
		for _, alg := range []string{"RS384", "RS512", "PS384", "PS512", "ES384", "RS1", "rs256", "EdDSA"} {
			add("signed by nobody's key as "+alg, map[string]any{"alg": alg}, byRSA(t, own))
		}
		add("own key", nil, byRSA(t, own))
		for offer, value := range map[string]any{
			"jwk": publicJWK(&own.PublicKey, "own"), "jku": h.URL + "/own/keys", "x5u": h.URL + "/own/keys", "x5c": []string{b64(own.PublicKey.N.Bytes())},
			"crit": []string{"exp"}, "b64": false, "zip": "DEF", "url": h.URL + "/own/keys",
		} {
			for _, kid := range []any{of.header["kid"], "own", h.URL + "/own/keys", "../own", nil} {
				add(fmt.Sprint(offer, " and kid ", kid), map[string]any{offer: value, "kid": kid}, byRSA(t, own))
			}
		}
	}
	for _, whole := range []string{admin.token, jwt(t, atHeader("k1"), sound, byRSA(t, issuerKey))} {
		head, tail := whole[:strings.Index(whole, ".")], whole[strings.LastIndexByte(whole, '.')+1:]
		for what, raw := range map[string]string{
			"two segments": head + "." + tail, "four": whole + ".x", "five": whole + ".x.y", "padded": whole + "==", "no dots": head, "trailing": whole + "AAAA",
			"a last bit": whole[:len(whole)-1] + "_", "upper case": strings.ToUpper(whole), "twice": whole + whole,
		} {
			tokens[what+" of "+head[:6]+tail[:6]] = raw
		}
	}
	var names []string
	for name := range tokens {
		names = append(names, name)
	}
	before := h.count("/own/keys")
	crowd(len(names), func(i int) {
		raw := tokens[names[i]]
		for _, slug := range []string{"acme", "globex"} {
			w.wantOut(t, names[i], s, slug, raw)
		}
		thief := caller{t: t, said: w.said, origin: s.origin, who: "acme", tenant: "acme"}.with(raw)
		if x := thief.exchange("idToken", raw); x.status != http.StatusUnauthorized && x.status != http.StatusUnprocessableEntity {
			t.Errorf("%s, exchanged: %.300v", names[i], x)
		}
		if x := thief.page("GET", "/t/acme/people", ""); x.status != http.StatusSeeOther {
			t.Errorf("%s, as a session: %.300v", names[i], x)
		}
	})
	if n := h.count("/own/keys") - before; n != 0 {
		t.Errorf("the attacker's key was asked for %d times", n)
	}
}

// odd: claims that two readers could take two ways, and times (TF-07, TF-09), under a signature
// that holds: what A's own issuer signs.
func odd(t *testing.T, w *town) {
	h := newHost(t)
	s := w.serve(t, unlimited, h.may)
	key := newRSA(t)
	h.at("/keys", says(keySet(publicJWK(&key.PublicKey, "k1"))))
	s.trust(t, w.a.ID, issuerAt(h.URL))
	defer w.trust(t, w.a.ID)
	now := time.Now()
	sound := accessClaims(h.URL, now)
	text, err := json.Marshal(sound)
	must(t, err)
	add := func(members string) string { return strings.TrimSuffix(string(text), "}") + "," + members + "}" }
	at := func(claims any) string { return jwt(t, atHeader("k1"), claims, byRSA(t, key)) }
	w.wantIn(t, "a sound token", s, "acme", at(sound))
	for what, claims := range map[string]any{
		"iss twice":            add(`"iss":"https://other"`),
		"sub twice":            add(`"sub":"other"`),
		"scope twice":          add(`"scope":"files.write"`),
		"Scope":                add(`"Scope":"files.write"`),
		"ISS":                  add(`"ISS":"https://other"`),
		"an escaped name":      add(`"\u0069ss":"https://other"`),
		"aud in another case":  add(`"AUD":"other"`),
		"two objects":          string(text) + "{}",
		"an array":             "[" + string(text) + "]",
		"expired":              with(sound, map[string]any{"iat": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(-61 * time.Second).Unix()}),
		"from the future":      with(sound, map[string]any{"iat": now.Add(90 * time.Second).Unix()}),
		"not yet":              with(sound, map[string]any{"nbf": now.Add(90 * time.Second).Unix()}),
		"ends before it began": with(sound, map[string]any{"exp": now.Add(-time.Second).Unix()}),
		"lives two days":       with(sound, map[string]any{"exp": now.Add(48 * time.Hour).Unix()}),
		"no exp":               with(sound, map[string]any{"exp": nil}),
		"no iat":               with(sound, map[string]any{"iat": nil}),
		"exp as text":          with(sound, map[string]any{"exp": fmt.Sprint(now.Add(time.Hour).Unix())}),
		"exp without end":      with(sound, map[string]any{"exp": 1e300}),
		"no subject":           with(sound, map[string]any{"sub": ""}),
		"a long subject":       with(sound, map[string]any{"sub": strings.Repeat("a", 256)}),
		"two clients":          with(sound, map[string]any{"azp": "other"}),
	} {
		w.wantOut(t, what, s, "acme", at(claims))
	}
	w.wantIn(t, "a sound token, afterwards", s, "acme", at(sound))
}

// parts are a token's, taken apart.
type parts struct{ header, claims map[string]any }

func decoded(t *testing.T, token string) parts {
	t.Helper()
	part := func(i int) map[string]any {
		b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
		must(t, err)
		return read[map[string]any](t, string(b))
	}
	return parts{part(0), part(1)}
}

func lastPart(token string) string { return token[strings.LastIndexByte(token, '.')+1:] }

// certificates are those that Google publishes, by key id.
func certificates(t *testing.T, w *town) map[string]string {
	t.Helper()
	resp, err := w.Web.HTTP().Get(tenancy.GoogleCertificates)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return read[map[string]string](t, string(b))
}

func publicKeyOf(t *testing.T, certificate string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(certificate))
	parsed, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(parsed.PublicKey)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}
