package issuer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestVerifyIDToken(t *testing.T) {
	w := newWorld(t)
	got, err := w.id(rs(w.idHeader(), w.idClaims("auth_time", w.unix(-5))))
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Others["groups"]) != `["g1"]` {
		t.Errorf("groups: %s", got.Others["groups"])
	}
	got.Others = nil
	if diff := cmp.Diff(issuer.IDClaims{
		Issuer: w.expect.Issuer, Subject: "u1", IssuedAt: w.Now(), Expires: w.Now().Add(time.Hour), AuthTime: w.Now().Add(-5 * time.Second),
		Email: "u1@acme.com", EmailVerified: true, Name: "U One",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	sum := sha256.Sum256([]byte("at1"))
	atHash := base64.RawURLEncoding.EncodeToString(sum[:16])
	for name, tc := range map[string]struct {
		header, claims any
		expect         func(*issuer.Expect)
		want           issuer.Step // empty: taken
	}{
		"no typ":                    {with(w.idHeader(), "typ", nil), w.idClaims(), nil, ""},
		"typ in lower case":         {with(w.idHeader(), "typ", "jwt"), w.idClaims(), nil, ""},
		"a thumbprint":              {with(w.idHeader(), "x5t", "abc"), w.idClaims(), nil, ""},
		"list of one":               {w.idHeader(), w.idClaims("aud", []string{"client-1"}), nil, ""},
		"list with azp":             {w.idHeader(), w.idClaims("aud", []string{"client-1", "x"}, "azp", "client-1"), nil, ""},
		"at_hash":                   {w.idHeader(), w.idClaims("at_hash", atHash), withAccess("at1"), ""},
		"no at_hash":                {w.idHeader(), w.idClaims(), withAccess("at1"), ""},
		"signed in just now":        {w.idHeader(), w.idClaims("auth_time", w.unix(-60)), maxAge(time.Minute), ""},
		"an access token":           {w.atHeader(), w.idClaims(), nil, issuer.StepType},
		"a logout token":            {with(w.idHeader(), "typ", "logout+jwt"), w.idClaims(), nil, issuer.StepType},
		"typ is empty":              {with(w.idHeader(), "typ", ""), w.idClaims(), nil, issuer.StepType},
		"issuer with a slash":       {w.idHeader(), w.idClaims("iss", w.expect.Issuer+"/"), nil, issuer.StepIssuer},
		"issuer in upper case":      {w.idHeader(), w.idClaims("iss", strings.ToUpper(w.expect.Issuer)), nil, issuer.StepIssuer},
		"another path":              {w.idHeader(), w.idClaims("iss", w.host.URL+"/b"), nil, issuer.StepIssuer},
		"no issuer":                 {w.idHeader(), w.idClaims("iss", nil), nil, issuer.StepIssuer},
		"another client":            {w.idHeader(), w.idClaims("aud", "client-2"), nil, issuer.StepAudience},
		"client as a prefix":        {w.idHeader(), w.idClaims("aud", "client-10"), nil, issuer.StepAudience},
		"no audience":               {w.idHeader(), w.idClaims("aud", nil), nil, issuer.StepAudience},
		"an empty list":             {w.idHeader(), w.idClaims("aud", []string{}), nil, issuer.StepAudience},
		"list without azp":          {w.idHeader(), w.idClaims("aud", []string{"client-1", "x"}), nil, issuer.StepParty},
		"azp of another":            {w.idHeader(), w.idClaims("azp", "client-2"), nil, issuer.StepParty},
		"azp is empty":              {w.idHeader(), w.idClaims("azp", ""), nil, issuer.StepParty},
		"list, azp of another":      {w.idHeader(), w.idClaims("aud", []string{"client-1", "x"}, "azp", "x"), nil, issuer.StepParty},
		"no subject":                {w.idHeader(), w.idClaims("sub", nil), nil, issuer.StepSubject},
		"long subject":              {w.idHeader(), w.idClaims("sub", strings.Repeat("s", 256)), nil, issuer.StepSubject},
		"subject with a line break": {w.idHeader(), w.idClaims("sub", "u\n1"), nil, issuer.StepSubject},
		"another nonce":             {w.idHeader(), w.idClaims("nonce", "nonce-2"), nil, issuer.StepNonce},
		"no nonce":                  {w.idHeader(), w.idClaims("nonce", nil), nil, issuer.StepNonce},
		"another access token":      {w.idHeader(), w.idClaims("at_hash", atHash), withAccess("at2"), issuer.StepHash},
		"empty at_hash":             {w.idHeader(), w.idClaims("at_hash", ""), withAccess("at1"), issuer.StepHash},
		"no auth_time":              {w.idHeader(), w.idClaims(), maxAge(time.Hour), issuer.StepAuthTime},
		"auth_time wanted":          {w.idHeader(), w.idClaims(), func(e *issuer.Expect) { e.RequireAuthTime = true }, issuer.StepAuthTime},
		"signed in long ago":        {w.idHeader(), w.idClaims("auth_time", w.unix(-121)), maxAge(time.Minute), issuer.StepAuthTime},
		"signed in ahead":           {w.idHeader(), w.idClaims("auth_time", w.unix(61)), nil, issuer.StepAuthTime},
		"signed in at no time":      {w.idHeader(), w.idClaims("auth_time", -1), nil, issuer.StepTime},
	} {
		t.Run(name, func(t *testing.T) {
			raw := rs(tc.header, tc.claims)
			change := tc.expect
			if change == nil {
				change = func(*issuer.Expect) {}
			}
			got, err := w.id(raw, change)
			if tc.want == "" {
				if err != nil || got.Subject != "u1" {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			refused(t, err, tc.want, raw)
		})
	}
}

func withAccess(s string) func(*issuer.Expect)      { return func(e *issuer.Expect) { e.AccessToken = s } }
func maxAge(d time.Duration) func(e *issuer.Expect) { return func(e *issuer.Expect) { e.MaxAge = d } }
func clients(c ...string) func(e *issuer.Expect)    { return func(e *issuer.Expect) { e.Clients = c } }

func TestVerifyAccessToken(t *testing.T) {
	w := newWorld(t)
	got, err := w.access(rs(w.atHeader(), w.atClaims("tenant", "x")))
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Others["tenant"]) != `"x"` {
		t.Errorf("others: %s", got.Others)
	}
	got.Others = nil
	if diff := cmp.Diff(issuer.AccessClaims{
		Issuer: w.expect.Issuer, Subject: "u1", Client: "c1", TokenID: "t1", Scopes: []string{"read", "write"},
		IssuedAt: w.Now(), Expires: w.Now().Add(time.Hour),
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, tc := range map[string]struct {
		header, claims any
		expect         func(*issuer.Expect)
		want           issuer.Step
	}{
		"the long typ":               {with(w.atHeader(), "typ", "application/at+jwt"), w.atClaims(), nil, ""},
		"one of several audiences":   {w.atHeader(), w.atClaims("aud", []string{"x", "api-1"}), nil, ""},
		"azp alone":                  {w.atHeader(), w.atClaims("client_id", nil, "azp", "c1"), clients("c1"), ""},
		"azp and client_id":          {w.atHeader(), w.atClaims("azp", "c1"), clients("c0", "c1"), ""},
		"a day":                      {w.atHeader(), w.atClaims("exp", w.unix(86400)), nil, ""},
		"an ID token":                {w.idHeader(), w.idClaims("aud", "api-1"), nil, issuer.StepType},
		"an ID token without typ":    {with(w.idHeader(), "typ", nil), w.idClaims("aud", "api-1"), nil, issuer.StepType},
		"an ID token in disguise":    {w.atHeader(), w.atClaims("nonce", "n"), nil, issuer.StepType},
		"one with at_hash":           {w.atHeader(), w.atClaims("at_hash", "n"), nil, issuer.StepType},
		"one with c_hash":            {w.atHeader(), w.atClaims("c_hash", "n"), nil, issuer.StepType},
		"audience is the client":     {w.atHeader(), w.atClaims("aud", "api-1", "client_id", "api-1"), nil, issuer.StepType},
		"audience is azp":            {w.atHeader(), w.atClaims("client_id", nil, "azp", "api-1"), nil, issuer.StepType},
		"typ of a session":           {with(w.atHeader(), "typ", "secevent+jwt"), w.atClaims(), nil, issuer.StepType},
		"another issuer":             {w.atHeader(), w.atClaims("iss", w.host.URL+"/b"), nil, issuer.StepIssuer},
		"another API":                {w.atHeader(), w.atClaims("aud", "api-2"), nil, issuer.StepAudience},
		"no audience":                {w.atHeader(), w.atClaims("aud", nil), nil, issuer.StepAudience},
		"no client":                  {w.atHeader(), w.atClaims("client_id", nil), nil, issuer.StepParty},
		"two clients":                {w.atHeader(), w.atClaims("azp", "c2"), nil, issuer.StepParty},
		"a client not on the list":   {w.atHeader(), w.atClaims(), clients("c2"), issuer.StepParty},
		"no subject":                 {w.atHeader(), w.atClaims("sub", nil), nil, issuer.StepSubject},
		"too many scopes":            {w.atHeader(), w.atClaims("scope", strings.Repeat("s ", 101)), nil, issuer.StepParse},
		"scope is a list":            {w.atHeader(), w.atClaims("scope", []string{"read"}), nil, issuer.StepParse},
		"lives longer than a day":    {w.atHeader(), w.atClaims("exp", w.unix(86401)), nil, issuer.StepTime},
		"lives longer than expected": {w.atHeader(), w.atClaims(), func(e *issuer.Expect) { e.MaxLife = 30 * time.Minute }, issuer.StepTime},
	} {
		t.Run(name, func(t *testing.T) {
			raw := rs(tc.header, tc.claims)
			change := tc.expect
			if change == nil {
				change = func(*issuer.Expect) {}
			}
			got, err := w.access(raw, change)
			if tc.want == "" {
				if err != nil || got.Subject != "u1" || got.Client != "c1" {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			refused(t, err, tc.want, raw)
		})
	}
}

// TestTimes: a minute of leeway between clocks and no more, for both kinds.
func TestTimes(t *testing.T) {
	w := newWorld(t)
	for name, tc := range map[string]struct {
		change []any
		ok     bool
	}{
		"fresh":                        {nil, true},
		"expired within the leeway":    {[]any{"iat", w.unix(-100), "exp", w.unix(-59)}, true},
		"expired a minute ago":         {[]any{"iat", w.unix(-100), "exp", w.unix(-60)}, false},
		"issued a minute ahead":        {[]any{"iat", w.unix(60)}, true},
		"issued 61 s ahead":            {[]any{"iat", w.unix(61)}, false},
		"not before, a minute ahead":   {[]any{"nbf", w.unix(60)}, true},
		"not before, 61 s ahead":       {[]any{"nbf", w.unix(61)}, false},
		"no iat":                       {[]any{"iat", nil}, false},
		"no exp":                       {[]any{"exp", nil}, false},
		"issued when it expires":       {[]any{"exp", w.unix(0)}, false},
		"issued after it expires":      {[]any{"iat", w.unix(10), "exp", w.unix(5)}, false},
		"the highest number":           {[]any{"exp", int64(math.MaxInt64)}, false},
		"the highest number twice":     {[]any{"iat", int64(math.MaxInt64) - 1, "exp", int64(math.MaxInt64)}, false},
		"the lowest number":            {[]any{"iat", int64(math.MinInt64)}, false},
		"the lowest number as nbf":     {[]any{"nbf", int64(math.MinInt64)}, false},
		"the highest number, sign-in":  {[]any{"auth_time", int64(math.MaxInt64)}, false},
		"expiry in milliseconds, past": {[]any{"exp", w.unix(0) * 1000 * 1000}, false},
	} {
		raw := rs(w.idHeader(), w.idClaims(tc.change...))
		if _, err := w.id(raw); tc.ok && err != nil {
			t.Errorf("ID token, %s: %v", name, err)
		} else if !tc.ok {
			refused(t, err, issuer.StepTime, raw)
		}
		raw = rs(w.atHeader(), w.atClaims(tc.change...))
		if _, err := w.access(raw); tc.ok && err != nil {
			t.Errorf("access token, %s: %v", name, err)
		} else if !tc.ok {
			refused(t, err, issuer.StepTime, raw)
		}
	}
}

// TestForgedTokens: forms, algorithms and keys that nobody's issuer vouches for. None has a key
// fetched but the first.
func TestForgedTokens(t *testing.T) {
	w := newWorld(t)
	good := rs(w.atHeader(), w.atClaims())
	if _, err := w.access(good); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	claims := w.atClaims()
	plain := toJSON(claims)
	der := rsaKeys[0]().N.Bytes()
	header := func(change ...any) string { return rs(with(w.atHeader(), change...), claims) }
	hmac := func(m jwt.SigningMethod, alg string) string {
		return sign(m, der, with(w.atHeader(), "alg", alg), claims)
	}
	for name, tc := range map[string]struct {
		raw  string
		step issuer.Step
	}{
		"nothing":                   {"", issuer.StepParse},
		"one part":                  {parts[0], issuer.StepParse},
		"two parts":                 {parts[0] + "." + parts[1], issuer.StepParse},
		"no signature":              {parts[0] + "." + parts[1] + ".", issuer.StepParse},
		"four parts":                {good + ".x", issuer.StepParse},
		"five parts":                {good + "..", issuer.StepParse},
		"padding":                   {good + "=", issuer.StepParse},
		"a line break":              {parts[0] + "." + parts[1] + "\n." + parts[2], issuer.StepParse},
		"a space":                   {" " + good, issuer.StepParse},
		"standard base64":           {parts[0] + "." + parts[1] + "." + strings.Repeat("+/", 171), issuer.StepParse},
		"spare bits":                {parts[0] + "." + parts[1] + "." + "AB", issuer.StepParse},
		"large":                     {parts[0] + "." + strings.Repeat("A", 8<<10) + "." + parts[2], issuer.StepParse},
		"large and sound":           {rs(w.atHeader(), w.atClaims("x", strings.Repeat("x", 6<<10))), issuer.StepParse},
		"alg none":                  {segment(with(w.atHeader(), "alg", "none")) + "." + parts[1] + "." + parts[2], issuer.StepAlgorithm},
		"alg None":                  {segment(with(w.atHeader(), "alg", "nOnE")) + "." + parts[1] + "." + parts[2], issuer.StepAlgorithm},
		"alg empty":                 {header("alg", ""), issuer.StepAlgorithm},
		"no alg":                    {header("alg", nil), issuer.StepAlgorithm},
		"alg in lower case":         {header("alg", "rs256"), issuer.StepAlgorithm},
		"alg null":                  {rs(`{"alg":null,"kid":"k1","typ":"at+jwt"}`, claims), issuer.StepParse},
		"HS256 by the public key":   {hmac(jwt.SigningMethodHS256, "HS256"), issuer.StepAlgorithm},
		"HS512 by the public key":   {hmac(jwt.SigningMethodHS512, "HS512"), issuer.StepAlgorithm},
		"HMAC that says RS256":      {hmac(jwt.SigningMethodHS256, "RS256"), issuer.StepSignature},
		"PS256, not allowed":        {sign(jwt.SigningMethodPS256, rsaKeys[0](), with(w.atHeader(), "alg", "PS256"), claims), issuer.StepAlgorithm},
		"PS256 that says RS256":     {sign(jwt.SigningMethodPS256, rsaKeys[0](), w.atHeader(), claims), issuer.StepSignature},
		"RS384":                     {sign(jwt.SigningMethodRS384, rsaKeys[0](), with(w.atHeader(), "alg", "RS384"), claims), issuer.StepAlgorithm},
		"another key":               {sign(jwt.SigningMethodRS256, rsaKeys[1](), w.atHeader(), claims), issuer.StepSignature},
		"another payload":           {parts[0] + "." + segment(w.atClaims("sub", "u2")) + "." + parts[2], issuer.StepSignature},
		"cut signature":             {good[:len(good)-2], issuer.StepSignature},
		"no kid":                    {header("kid", nil), issuer.StepKey},
		"empty kid":                 {header("kid", ""), issuer.StepKey},
		"kid is a list":             {header("kid", []string{"k1"}), issuer.StepParse},
		"jwk":                       {header("jwk", map[string]any{"kty": "RSA"}), issuer.StepParse},
		"jku":                       {header("jku", w.host.URL+"/evil"), issuer.StepParse},
		"x5u":                       {header("x5u", w.host.URL+"/evil"), issuer.StepParse},
		"x5c":                       {header("x5c", []string{"MII"}), issuer.StepParse},
		"crit":                      {header("crit", []string{"exp"}), issuer.StepParse},
		"b64":                       {header("b64", false), issuer.StepParse},
		"zip":                       {header("zip", "DEF"), issuer.StepParse},
		"nested":                    {header("cty", "JWT"), issuer.StepParse},
		"JKU":                       {header("JKU", w.host.URL+"/evil"), issuer.StepParse},
		"Alg too":                   {header("Alg", "none"), issuer.StepParse},
		"kid twice":                 {rs(add(w.atHeader(), `"kid":"k1"`), claims), issuer.StepParse},
		"header is a list":          {rs("[]", claims), issuer.StepParse},
		"payload is a list":         {rs(w.atHeader(), "[]"), issuer.StepParse},
		"payload is null":           {rs(w.atHeader(), "null"), issuer.StepIssuer},
		"two objects":               {rs(w.atHeader(), plain+plain), issuer.StepParse},
		"a trailing byte":           {rs(w.atHeader(), plain+"x"), issuer.StepParse},
		"a byte order mark":         {rs(w.atHeader(), "\ufeff"+plain), issuer.StepParse},
		"not UTF-8":                 {rs(w.atHeader(), strings.Replace(plain, "u1", "\xff", 1)), issuer.StepParse},
		"lone surrogate":            {rs(w.atHeader(), strings.Replace(plain, "u1", `\ud800`, 1)), issuer.StepParse},
		"sub twice":                 {rs(w.atHeader(), add(claims, `"sub":"u2"`)), issuer.StepParse},
		"sub twice, the same":       {rs(w.atHeader(), add(claims, `"sub":"u1"`)), issuer.StepParse},
		"sub and an escaped one":    {rs(w.atHeader(), add(claims, `"\u0073ub":"u2"`)), issuer.StepParse},
		"sub and Sub":               {rs(w.atHeader(), add(claims, `"Sub":"u2"`)), issuer.StepParse},
		"client_id and clientId":    {rs(w.atHeader(), add(claims, `"clientId":"c2"`)), issuer.StepParse},
		"a long s":                  {rs(w.atHeader(), add(claims, `"i\u017fs":"x"`)), issuer.StepParse},
		"twice further in":          {rs(w.atHeader(), add(claims, `"x":{"a":1,"a":2}`)), issuer.StepParse},
		"sub is null":               {rs(w.atHeader(), strings.Replace(plain, `"u1"`, "null", 1)), issuer.StepParse},
		"sub is a number":           {rs(w.atHeader(), w.atClaims("sub", 1)), issuer.StepParse},
		"azp is null":               {rs(w.atHeader(), add(claims, `"azp":null`)), issuer.StepParse},
		"aud is null":               {rs(w.atHeader(), strings.Replace(plain, `"api-1"`, "null", 1)), issuer.StepParse},
		"aud is an object":          {rs(w.atHeader(), w.atClaims("aud", map[string]string{"api-1": ""})), issuer.StepParse},
		"aud holds a null":          {rs(w.atHeader(), w.atClaims("aud", []any{"api-1", nil})), issuer.StepParse},
		"aud holds 21":              {rs(w.atHeader(), w.atClaims("aud", strings.Split(strings.Repeat("api-1 ", 20)+"x", " "))), issuer.StepParse},
		"exp as text":               {rs(w.atHeader(), w.atClaims("exp", "99999999999")), issuer.StepParse},
		"exp as a fraction":         {rs(w.atHeader(), w.atClaims("exp", float64(w.unix(100))+0.5)), issuer.StepParse},
		"exp with an exponent":      {rs(w.atHeader(), strings.Replace(plain, toJSON(w.unix(3600)), "1e12", 1)), issuer.StepParse},
		"exp beyond 64 bits":        {rs(w.atHeader(), strings.Replace(plain, toJSON(w.unix(3600)), "18446744073709551618", 1)), issuer.StepParse},
		"email_verified as text":    {rs(w.atHeader(), w.atClaims("email_verified", "true")), issuer.StepParse},
		"a claim that is too large": {rs(w.atHeader(), w.atClaims("email", strings.Repeat("x", 2049))), issuer.StepParse},
		"201 claims":                {rs(w.atHeader(), add(claims, many(201))), issuer.StepParse},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.access(tc.raw)
			refused(t, err, tc.step, tc.raw)
			if _, err := w.id(tc.raw); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("as an ID token: %v", err)
			}
		})
	}
	if n := w.host.count("/a/keys"); n != 1 || w.host.count("/evil") != 0 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func many(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = `"x` + strings.Repeat("y", i%7) + toJSON(i) + `":1`
	}
	return strings.Join(members, ",")
}

// TestAlgorithms: each by its own kind of key; a key's own alg binds it.
func TestAlgorithms(t *testing.T) {
	w := newWorld(t)
	w.host.publish("/a/keys", set(
		jwk(t, &rsaKeys[0]().PublicKey, "r"), jwk(t, &rsaKeys[1]().PublicKey, "ps", "alg", "PS256"),
		jwk(t, &ecKey().PublicKey, "e", "alg", "ES256"), jwk(t, edKey().Public(), "d"),
	))
	all := func(e *issuer.Expect) { e.Algorithms = issuer.Algorithms() }
	try := func(m jwt.SigningMethod, key any, kid string) (string, error) {
		raw := sign(m, key, map[string]any{"alg": m.Alg(), "kid": kid, "typ": "at+jwt"}, w.atClaims())
		_, err := w.access(raw, all)
		return raw, err
	}
	for _, good := range []struct {
		m   jwt.SigningMethod
		key any
		kid string
	}{
		{jwt.SigningMethodRS256, rsaKeys[0](), "r"}, {jwt.SigningMethodPS256, rsaKeys[0](), "r"}, {jwt.SigningMethodPS256, rsaKeys[1](), "ps"},
		{jwt.SigningMethodES256, ecKey(), "e"}, {jwt.SigningMethodEdDSA, edKey(), "d"},
	} {
		if _, err := try(good.m, good.key, good.kid); err != nil {
			t.Errorf("%s by %s: %v", good.m.Alg(), good.kid, err)
		}
	}
	raw := sign(jwt.SigningMethodPS256, rsaKeys[0](), map[string]any{"alg": "PS256", "kid": "r", "typ": "at+jwt"}, w.atClaims())
	_, err := w.access(raw) // the key could, and the issuer is said to sign by RS256 alone
	refused(t, err, issuer.StepAlgorithm, raw)
	raw, err = try(jwt.SigningMethodRS256, rsaKeys[1](), "ps")
	refused(t, err, issuer.StepKey, raw) // the key's alg is PS256
	raw, err = try(jwt.SigningMethodES256, ecKey(), "r")
	refused(t, err, issuer.StepKey, raw)
	raw, err = try(jwt.SigningMethodEdDSA, edKey(), "e")
	refused(t, err, issuer.StepKey, raw)
	if n := w.host.count("/a/keys"); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestExpectNothing(t *testing.T) {
	w := newWorld(t)
	for name, spoil := range map[string]func(*issuer.Expect){
		"no tenant":         func(e *issuer.Expect) { e.Tenant = tenant.ID{} },
		"no issuer":         func(e *issuer.Expect) { e.Issuer = "" },
		"no keys":           func(e *issuer.Expect) { e.JWKS = "" },
		"no algorithms":     func(e *issuer.Expect) { e.Algorithms = nil },
		"algorithm none":    func(e *issuer.Expect) { e.Algorithms = []string{"none"} },
		"algorithm HS256":   func(e *issuer.Expect) { e.Algorithms = []string{"RS256", "HS256"} },
		"negative age":      func(e *issuer.Expect) { e.MaxAge = -1 },
		"negative life":     func(e *issuer.Expect) { e.MaxLife = -1 },
		"no client, no API": func(e *issuer.Expect) { e.ClientID, e.Audience = "", "" },
		"no nonce, no API":  func(e *issuer.Expect) { e.Nonce, e.Audience = "", "" },
	} {
		if _, err := w.id(rs(w.idHeader(), w.idClaims()), spoil); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("ID token, %s: %v", name, err)
		}
		if _, err := w.access(rs(w.atHeader(), w.atClaims()), spoil); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("access token, %s: %v", name, err)
		}
	}
}

func TestPeek(t *testing.T) {
	w := newWorld(t)
	if iss, err := issuer.Peek(rs(w.atHeader(), w.atClaims())); err != nil || iss != w.expect.Issuer {
		t.Error(iss, err)
	}
	for raw, step := range map[string]issuer.Step{
		rs(w.atHeader(), w.atClaims("iss", nil)):                 issuer.StepIssuer,
		rs(w.atHeader(), add(w.atClaims(), `"iss":"x"`)):         issuer.StepParse,
		rs(w.atHeader(), add(w.atClaims(), `"ISS":"x"`)):         issuer.StepParse,
		rs(w.atHeader(), w.atClaims("iss", []string{"x"})):       issuer.StepParse,
		rs(with(w.atHeader(), "jku", "https://x"), w.atClaims()): issuer.StepParse,
		"x.y":                        issuer.StepParse,
		strings.Repeat("A", 8<<10+1): issuer.StepParse,
	} {
		iss, err := issuer.Peek(raw)
		refused(t, err, step, raw)
		if iss != "" {
			t.Errorf("%q", iss)
		}
	}
}
