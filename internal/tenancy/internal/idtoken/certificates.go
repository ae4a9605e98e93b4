package idtoken

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	maxCertificates = 64 << 10 // bytes of the answer; Google's has about 6,000
	minKeyBits      = 2048
	maxKeyBits      = 8192
)

// fetchKeys gets a certificate map, {"<key id>": "<PEM>"}, and returns its usable keys and how long
// they are fresh.
func fetchKeys(ctx context.Context, client *http.Client, url string) (map[string]*rsa.PublicKey, time.Duration, error) {
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
		return nil, 0, fmt.Errorf("certificates: %s", res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxCertificates+1))
	if err != nil {
		return nil, 0, err
	}
	if len(body) > maxCertificates {
		return nil, 0, errors.New("certificates: answer too large")
	}
	keys, err := parseKeys(body)
	return keys, freshness(res.Header.Get("Cache-Control")), err
}

// parseKeys skips what is no certificate of an RSA key of a sound size, so that one odd entry does
// not cost the others.
func parseKeys(body []byte) (map[string]*rsa.PublicKey, error) {
	var certificates map[string]string
	if err := json.Unmarshal(body, &certificates); err != nil {
		return nil, errors.New("certificates: not a map of strings")
	}
	keys := make(map[string]*rsa.PublicKey, len(certificates))
	for kid, text := range certificates {
		if key := parseKey([]byte(text)); key != nil && kid != "" {
			keys[kid] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("certificates: no usable key")
	}
	return keys, nil
}

func parseKey(text []byte) *rsa.PublicKey {
	block, rest := pem.Decode(text) //isolint:allow key a certificate: its key is public
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minKeyBits || key.N.BitLen() > maxKeyBits {
		return nil
	}
	return key
}

// freshness is the max-age of a Cache-Control header, between a minute and a day.
func freshness(header string) time.Duration {
	for directive := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		seconds, err := strconv.ParseUint(value, 10, 32)
		if err != nil {
			break
		}
		return min(max(time.Duration(seconds)*time.Second, minFreshness), keysKept)
	}
	return noCacheHeader
}
