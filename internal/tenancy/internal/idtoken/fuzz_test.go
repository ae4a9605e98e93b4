package idtoken_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// FuzzVerifier signs any header and payload and holds the verdict against a reader written apart
// from the code, over the standard library's tokenizer. They must agree on every input, both ways.
func FuzzVerifier(f *testing.F) {
	issuer := tenancytest.NewIssuer(f)
	now := time.Now()
	issuer.Now = func() time.Time { return now }
	v := issuer.Tokens(f)
	acme := tenancytest.NewTenant(f, "acme", tenant.EU)
	header, exchanged := tenancytest.JSON(issuer.Header()), tenancytest.JSON(issuer.ExchangedClaims(acme, "u1", tenant.Editor))
	f.Add(header, exchanged)
	f.Add(header, tenancytest.JSON(issuer.Claims(acme.IdentityTenant, "u1")))
	f.Add(header, addMember(exchanged, `"tn":"tn-aaaaaaaaaa"`))
	f.Add(header, addMember(exchanged, `"\u0074n":"tn-aaaaaaaaaa"`))
	f.Add(header, addMember(exchanged, `"TN":"tn-aaaaaaaaaa"`))
	f.Add(header, addMember(exchanged, `"name":"\ud800"`))
	f.Add(header, addMember(exchanged, `"name":"A\u00e9\ud83d\ude00"`))
	f.Add(header, addMember(exchanged, `"email":null`))
	f.Add(addMember(header, `"kid":""`), exchanged)
	f.Add(" "+header+"\n", exchanged+" ")
	f.Fuzz(func(t *testing.T, header, claims string) {
		raw := issuer.SignHeader(header, claims)
		got, err := v.Judged(t.Context(), raw)
		want := len(raw) <= 8<<10 && soundHeader(header, issuer.Key().ID) && soundClaims(claims, issuer.Project, now.Unix())
		switch {
		case (err == nil) != want:
			t.Fatalf("verdict %v, reference %v", err, want)
		case err != nil && !errors.Is(err, tenant.ErrUnauthenticated):
			t.Fatal(err)
		case err == nil && (got.User.IsZero() || got.IdentityTenant == "" || got.Exchanged == (got.Tenant.IsZero() || !got.Role.IsValid() || !got.Region.IsValid())):
			t.Fatalf("accepted %+v", got)
		}
	})
}

var (
	errTwice = errors.New("a name twice")
	userForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	idForm   = regexp.MustCompile(`^tn-[a-z0-9]{10}$`)
	reserved = regexp.MustCompile(`^__.*__$`)
)

// readStrictly reads one JSON object and nothing after it; numbers stay text.
func readStrictly(s string) (map[string]any, bool) {
	if !utf8.ValidString(s) || loneSurrogate(s) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	v, err := readValue(d)
	if err != nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	object, ok := v.(map[string]any)
	return object, ok
}

func readValue(d *json.Decoder) (any, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	object, list := map[string]any{}, []any{}
	for d.More() {
		if delim == '[' {
			v, err := readValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
			continue
		}
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name.(string)]; twice {
			return nil, errTwice
		}
		if object[name.(string)], err = readValue(d); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if delim == '[' {
		return list, nil
	}
	return object, nil
}

var escape = regexp.MustCompile(`\\(?:u([0-9a-fA-F]{4})|[^u])`)

// loneSurrogate finds half of a \u pair, which the standard library would replace in silence.
func loneSurrogate(s string) bool {
	high := -1 // where a high half ended
	for _, m := range escape.FindAllStringSubmatchIndex(s, -1) {
		if m[2] < 0 {
			continue
		}
		unit, _ := strconv.ParseUint(s[m[2]:m[3]], 16, 16)
		switch low := unit >= 0xdc00 && unit <= 0xdfff; {
		case low != (high == m[0]):
			return true
		case low:
			high = -1
		case unit >= 0xd800 && unit <= 0xdbff:
			high = m[1]
		}
	}
	return high >= 0
}

func soundHeader(s, kid string) bool {
	h, ok := readStrictly(s)
	return ok && len(h) == 3 && h["alg"] == "RS256" && h["typ"] == "JWT" && h["kid"] == kid
}

func soundClaims(s, project string, now int64) bool {
	c, ok := readStrictly(s)
	if !ok || !closed(c, "iss aud sub user_id iat exp auth_time email email_verified name picture phone_number firebase tn rl rg") {
		return false
	}
	for name, v := range c {
		switch name {
		case "iat", "exp", "auth_time", "rg":
			ok = isInteger(v)
		case "email_verified":
			_, ok = v.(bool)
		case "firebase":
			_, ok = v.(map[string]any)
		default:
			_, ok = v.(string)
		}
		if !ok {
			return false
		}
	}
	firebase, _ := c["firebase"].(map[string]any)
	if !closed(firebase, "tenant sign_in_provider identities sign_in_attributes sign_in_second_factor second_factor_identifier") {
		return false
	}
	for name, v := range firebase {
		if name == "identities" || name == "sign_in_attributes" {
			_, ok = v.(map[string]any)
		} else {
			_, ok = v.(string)
		}
		if !ok {
			return false
		}
	}
	sub, _ := c["sub"].(string)
	iat, exp, authTime := integer(c["iat"]), integer(c["exp"]), integer(c["auth_time"])
	if c["iss"] != "https://securetoken.google.com/"+project || c["aud"] != project || c["user_id"] != c["sub"] ||
		!userForm.MatchString(sub) || reserved.MatchString(sub) ||
		authTime < 1 || authTime > iat || iat > now+60 || exp <= iat || exp > iat+3600 || exp+60 <= now {
		return false
	}
	tenant, _ := firebase["tenant"].(string)
	provider, _ := firebase["sign_in_provider"].(string)
	if tenant == "" || provider == "" {
		return false
	}
	if provider != "custom" {
		return true
	}
	tn, _ := c["tn"].(string)
	rg := integer(c["rg"])
	return idForm.MatchString(tn) && (c["rl"] == "viewer" || c["rl"] == "editor" || c["rl"] == "admin") && rg >= 1 && rg <= 3
}

func closed(m map[string]any, names string) bool {
	known := map[string]bool{}
	for _, name := range bytes.Fields([]byte(names)) {
		known[string(name)] = true
	}
	for name := range m {
		if !known[name] {
			return false
		}
	}
	return true
}

func isInteger(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	_, err := strconv.ParseInt(n.String(), 10, 64)
	return err == nil
}

func integer(v any) int64 {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return i
}
