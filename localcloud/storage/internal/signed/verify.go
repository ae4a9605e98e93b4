package signed

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
	"time"
)

// Request is the part of an HTTP request that a signature speaks of.
type Request struct {
	Method string
	URI    string // as on the request line: path and query, undecoded
	Host   string // as in the Host header
	Header http.Header
}

// Keys returns all live public keys of an account, a signature names none; ok is false for an
// account that may not act.
type Keys func(email string) (keys []*rsa.PublicKey, ok bool)

// Present reports whether a raw query holds, in any case, a parameter of a signature: whether the
// request is meant to be authenticated by one. Forms that are no longer signed today, such as V2,
// count too.
func Present(rawQuery string) bool {
	for pair := range strings.SplitSeq(rawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-goog-") || name == "googleaccessid" || name == "signature" {
			return true
		}
	}
	return false
}

// Verify returns the account that signed the request, which is valid at now. An error is always an
// *Error.
func Verify(r Request, now time.Time, keys Keys) (email string, err error) {
	path, rawQuery, _ := strings.Cut(r.URI, "?")
	q, fault := parseQuery(rawQuery)
	if fault != nil {
		return "", fault
	}
	c, fault := parseClaim(q)
	if fault != nil {
		return "", fault
	}
	if c.signed.After(now.Add(MaxSkew)) {
		return "", &Error{Kind: Skewed, Detail: "X-Goog-Date lies in the future"}
	}
	if !now.Before(c.expires) {
		return "", &Error{Kind: Expired, Detail: "request signature expired at: " + c.expires.Format(time.RFC3339)}
	}
	signature, decodeErr := hex.DecodeString(c.signature)
	if decodeErr != nil {
		return "", malformed("X-Goog-Signature is not hexadecimal")
	}
	live, ok := keys(c.email)
	var canonical, toSign string
	for _, host := range hosts(r.Host) {
		headers, fault := canonicalHeaders(c.headers, host, r.Header)
		if fault != nil {
			return "", fault
		}
		canonical = strings.Join([]string{r.Method, path, q.canonical, headers, c.headers, payload(r.Header)}, "\n")
		sum := sha256.Sum256([]byte(canonical))
		toSign = strings.Join([]string{algorithm, c.date, c.scope, hex.EncodeToString(sum[:])}, "\n")
		if ok && anyVerifies(live, toSign, signature) {
			return c.email, nil
		}
	}
	return "", &Error{Kind: Mismatch, Detail: "no live key of the account made this signature", Canonical: canonical, ToSign: toSign}
}

// hosts are the forms of a host that a client may have signed: without its port, as Google's
// clients do, or as sent.
func hosts(sent string) []string {
	name, _, err := net.SplitHostPort(sent)
	if err != nil || name == sent {
		return []string{sent}
	}
	return []string{name, sent}
}

// payload is the hash of the body that was signed, if the signer promised one.
func payload(h http.Header) string {
	if v := h.Get("X-Goog-Content-Sha256"); v != "" {
		return v
	}
	return "UNSIGNED-PAYLOAD"
}

func anyVerifies(keys []*rsa.PublicKey, toSign string, signature []byte) bool {
	sum := sha256.Sum256([]byte(toSign))
	for _, key := range keys {
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil {
			return true
		}
	}
	return false
}
