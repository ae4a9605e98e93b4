package clienttoken

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	mostKeySet = 256 << 10 // bytes of an answer
	minKeyBits = 2048
	maxKeyBits = 8192
)

// get asks an address, and returns the answer and how long it is fresh.
func get(ctx context.Context, client *http.Client, url string) ([]byte, time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("key set: %s", res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, mostKeySet+1))
	if err != nil {
		return nil, 0, err
	}
	if len(body) > mostKeySet {
		return nil, 0, errors.New("key set: answer too large")
	}
	return body, freshness(res.Header.Get("Cache-Control")), nil
}

// freshness is the max-age of a Cache-Control header, between a minute and a day.
func freshness(header string) time.Duration {
	for directive := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
			return min(max(time.Duration(seconds)*time.Second, minFreshness), keysKept)
		}
	}
	return freshUnsaid
}

var errNoKey = errors.New("key set: no usable key")

// parseCertificates reads {"<key id>": "<PEM of a certificate>"}. One that is no certificate of a
// usable key does not cost the others.
func parseCertificates(body []byte) (map[string]*rsa.PublicKey, error) {
	var texts map[string]string
	if err := json.Unmarshal(body, &texts); err != nil {
		return nil, errors.New("key set: not a map of strings")
	}
	keys := map[string]*rsa.PublicKey{}
	for id, text := range texts {
		block, rest := pem.Decode([]byte(text)) //isolint:allow key a certificate: its key is public
		if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		if key, ok := certificate.PublicKey.(*rsa.PublicKey); ok && usable(key) && id != "" {
			keys[id] = key
		}
	}
	if len(keys) == 0 {
		return nil, errNoKey
	}
	return keys, nil
}

// parseJWKS reads the RSA keys for signatures of a JWK set (RFC 7517). Two keys of one id are none.
func parseJWKS(body []byte) (map[string]*rsa.PublicKey, error) {
	var set struct {
		Keys []struct {
			Type      string `json:"kty"`
			Use       string `json:"use"`
			Algorithm string `json:"alg"`
			ID        string `json:"kid"`
			N         string `json:"n"`
			E         string `json:"e"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("key set: not a JWK set")
	}
	keys, seen := map[string]*rsa.PublicKey{}, map[string]bool{}
	for _, k := range set.Keys {
		if seen[k.ID] {
			delete(keys, k.ID)
			continue
		}
		seen[k.ID] = true
		if k.Type != "RSA" || k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != "RS256" || k.ID == "" {
			continue
		}
		n, err1 := base64.RawURLEncoding.DecodeString(k.N)
		e, err2 := base64.RawURLEncoding.DecodeString(k.E)
		if err1 != nil || err2 != nil || len(e) > 4 || len(n) > maxKeyBits/8 {
			continue
		}
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		if usable(key) {
			keys[k.ID] = key
		}
	}
	if len(keys) == 0 {
		return nil, errNoKey
	}
	return keys, nil
}

func usable(k *rsa.PublicKey) bool {
	return k.N.BitLen() >= minKeyBits && k.N.BitLen() <= maxKeyBits && k.E >= 3 && k.E%2 == 1
}
