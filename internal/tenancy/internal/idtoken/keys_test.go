package idtoken_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// keyring is a verifier and its issuer in a bubble of time.
type keyring struct {
	*testing.T
	issuer *tenancytest.Issuer
	v      *idtoken.Verifier
	acme   tenant.Tenant
	n      int
}

func withKeyring(t *testing.T, f func(k *keyring)) {
	issuer := tenancytest.NewIssuer(t)
	synctest.Test(t, func(t *testing.T) {
		f(&keyring{T: t, issuer: issuer, v: inBubble(t, issuer), acme: tenancytest.NewTenant(t, "acme", tenant.EU)})
	})
}

// token signs one that the cache has not seen, by key.
func (k *keyring) token(key *tenancytest.Key) string {
	k.n++
	user := "u" + strings.Repeat("x", k.n%100)
	return key.Sign(tenancytest.Claims{"alg": "RS256", "kid": key.ID, "typ": "JWT"}, k.issuer.ExchangedClaims(k.acme, user, tenant.Viewer))
}

// expect verifies a new token of key and, once all fetches have ended, compares the error and their
// number so far.
func (k *keyring) expect(key *tenancytest.Key, want error, fetches int) {
	k.Helper()
	_, err := k.v.Judged(k.Context(), k.token(key))
	synctest.Wait()
	if !errors.Is(err, want) || want == nil && err != nil {
		k.Errorf("%v, want %v", err, want)
	}
	if n := k.issuer.Fetches(); n != fetches {
		k.Errorf("%d fetches, want %d", n, fetches)
	}
}

func TestKeysAreFetchedOnceWhileFresh(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		k.issuer.SetMaxAge(6 * time.Hour)
		for range 6 {
			k.expect(k.issuer.Key(), nil, 1)
			time.Sleep(time.Hour - time.Millisecond)
		}
		time.Sleep(time.Second)
		k.expect(k.issuer.Key(), nil, 2) // stale: the old key serves while new ones come
		k.expect(k.issuer.Key(), nil, 2)
	})
}

func TestKeysRotateWithoutARefusal(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		old := k.issuer.Key()
		k.expect(old, nil, 1)
		k.issuer.Rotate()
		time.Sleep(time.Minute)
		k.expect(k.issuer.Key(), nil, 2) // an unknown key id, worth a fetch
		k.expect(old, nil, 2)
	})
}

func TestUnknownKeyCostsOneFetchInThirtySeconds(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		unknown := tenancytest.NewKey(6)
		k.expect(k.issuer.Key(), nil, 1)
		for range 50 {
			k.expect(unknown, tenant.ErrUnauthenticated, 1)
		}
		time.Sleep(30 * time.Second)
		for range 50 {
			k.expect(unknown, tenant.ErrUnauthenticated, 2)
			k.expect(k.issuer.Key(), nil, 2)
		}
		time.Sleep(29 * time.Second)
		k.expect(unknown, tenant.ErrUnauthenticated, 2)
		time.Sleep(time.Second)
		k.expect(unknown, tenant.ErrUnauthenticated, 3)
	})
}

// TestNoKeyIDCostsNoFetch: an attacker who names no key at all makes nobody ask Google.
func TestNoKeyIDCostsNoFetch(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		k.expect(k.issuer.Key(), nil, 1)
		time.Sleep(31 * time.Second)
		for _, header := range []tenancytest.Claims{k.issuer.Header().Set("kid", ""), k.issuer.Header().Without("kid"), k.issuer.Header().Set("alg", "none")} {
			refused(k.T, k.v, k.issuer.SignHeader(header, k.issuer.ExchangedClaims(k.acme, "u1", tenant.Viewer)))
		}
		if n := k.issuer.Fetches(); n != 1 {
			k.Errorf("%d fetches, want 1", n)
		}
	})
}

func TestKeysAreKeptADayWhileGoogleIsDown(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		k.expect(k.issuer.Key(), nil, 1)
		k.issuer.SetStatus(http.StatusBadGateway)
		time.Sleep(time.Hour)
		k.expect(k.issuer.Key(), nil, 2)
		k.expect(k.issuer.Key(), nil, 2)                              // a failed fetch is not repeated at once
		k.expect(tenancytest.NewKey(6), tenant.ErrUnavailable, 2)     // and what it would have told is not known
		time.Sleep(23*time.Hour - time.Second)                        //
		k.expect(k.issuer.Key(), nil, 3)                              // the last second
		time.Sleep(time.Second)                                       //
		k.expect(k.issuer.Key(), tenant.ErrUnavailable, 4)            // a day: nobody is vouched for
		k.expect(k.issuer.Key(), tenant.ErrUnavailable, 4)            //
		k.issuer.SetStatus(http.StatusOK)                             //
		time.Sleep(time.Second)                                       //
		k.expect(k.issuer.Key(), nil, 5)                              // and back
		k.expect(tenancytest.NewKey(6), tenant.ErrUnauthenticated, 5) //
	})
}

func TestColdAndDownIsUnavailable(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		k.issuer.SetStatus(http.StatusInternalServerError)
		k.expect(k.issuer.Key(), tenant.ErrUnavailable, 1)
		k.expect(k.issuer.Key(), tenant.ErrUnavailable, 1)
		time.Sleep(time.Second)
		k.expect(k.issuer.Key(), tenant.ErrUnavailable, 2)
		k.issuer.SetStatus(http.StatusOK)
		time.Sleep(time.Second)
		k.expect(k.issuer.Key(), nil, 3)
	})
}

// TestKeysAreFetchedByOneForAll: callers in a crowd cost one fetch, and one who leaves early takes
// nothing from the rest.
func TestKeysAreFetchedByOneForAll(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	synctest.Test(t, func(t *testing.T) {
		gate := &gate{open: make(chan struct{}), next: issuer.InProcess().Transport}
		v, err := idtoken.NewVerifier(idtoken.VerifierConfig{Project: issuer.Project, CertificateURL: "http://issuer.test/", HTTPClient: &http.Client{Transport: gate}})
		if err != nil {
			t.Fatal(err)
		}
		raw := issuer.Exchanged(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Viewer)
		hasty, leave := context.WithCancel(t.Context())
		var left error
		var crowd sync.WaitGroup
		crowd.Go(func() { _, left = v.Judged(hasty, raw) })
		synctest.Wait() // the hasty one has begun the fetch
		failures := make([]error, 100)
		for i := range failures {
			crowd.Go(func() { _, failures[i] = v.Judged(t.Context(), raw) })
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		if !errors.Is(left, tenant.ErrUnavailable) || !errors.Is(left, context.Canceled) {
			t.Errorf("who left: %v", left)
		}
		close(gate.open)
		crowd.Wait()
		for _, err := range failures {
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := issuer.Fetches(); n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})
}

// TestFetchEndsInTime: an endpoint that never answers does not hold a request for ever.
func TestFetchEndsInTime(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: &gate{open: make(chan struct{})}}
		v, err := idtoken.NewVerifier(idtoken.VerifierConfig{Project: issuer.Project, CertificateURL: "http://issuer.test/", HTTPClient: client})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := v.Judged(t.Context(), issuer.Exchanged(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Viewer)); !errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("after %v, want 10 s", d)
		}
	})
}

// gate holds requests until it is open.
type gate struct {
	open chan struct{}
	next http.RoundTripper
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-g.open:
		return g.next.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// TestCertificatesOfNoUse: a key counts only if it is an RSA key of a sound size in a certificate,
// and an answer only if it is a map of them, not too large and not ambiguous.
func TestCertificatesOfNoUse(t *testing.T) {
	weak := tenancytest.NewKeyOfSize("weak", 1024)
	strong := tenancytest.NewKey(0)
	block, _ := pem.Decode([]byte(strong.Certificate))
	pkix, err := x509.MarshalPKIXPublicKey(&strong.Private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	as := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	for name, c := range map[string]struct {
		key         *tenancytest.Key
		certificate string
	}{
		"1024 bits":             {weak, weak.Certificate},
		"a bare public key":     {strong, as("PUBLIC KEY", pkix)},
		"a misnamed block":      {strong, as("RSA PUBLIC KEY", block.Bytes)},
		"two certificates":      {strong, strong.Certificate + strong.Certificate},
		"a cut certificate":     {strong, as("CERTIFICATE", block.Bytes[:100])},
		"an elliptic-curve key": {strong, ecCertificate(t)},
		"no PEM":                {strong, "MIIB"},
		"nothing":               {strong, ""},
	} {
		t.Run(name, func(t *testing.T) {
			withKeyring(t, func(k *keyring) {
				good := tenancytest.NewKey(1)
				k.issuer.Publish(map[string]string{c.key.ID: c.certificate, good.ID: good.Certificate})
				k.expect(c.key, tenant.ErrUnauthenticated, 1)
				k.expect(good, nil, 1)
				k.issuer.Publish(map[string]string{c.key.ID: c.certificate})
				time.Sleep(time.Minute)
				k.expect(c.key, tenant.ErrUnavailable, 2) // an answer without any key is no answer
				k.expect(good, nil, 2)                    // and costs none of the old
			})
		})
	}

	one := tenancytest.JSON(map[string]string{strong.ID: strong.Certificate})
	for name, body := range map[string]string{
		"too large":     addMember(one, `"pad":"`+strings.Repeat("a", 64<<10)+`"`),
		"key id twice":  addMember(one, `"`+strong.ID+`":""`),
		"not a map":     "[" + one + "]",
		"a page":        "<html>",
		"trailing text": one + "x",
		"nothing":       "",
		"null":          "null",
	} {
		t.Run("an answer: "+name, func(t *testing.T) {
			issuer := tenancytest.NewIssuer(t)
			client := &http.Client{Transport: answer(body)}
			v, err := idtoken.NewVerifier(idtoken.VerifierConfig{Project: issuer.Project, CertificateURL: "http://issuer.test/", HTTPClient: client})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Judged(t.Context(), issuer.Exchanged(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Viewer)); !errors.Is(err, tenant.ErrUnavailable) {
				t.Errorf("%v, want ErrUnavailable", err)
			}
		})
	}
}

// answer is a certificate endpoint that always gives the same body.
type answer string

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}

func ecCertificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestFreshness(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":         5 * time.Minute,
		"no-store": 5 * time.Minute,
		"public, max-age=21384, must-revalidate, no-transform": 21384 * time.Second,
		"MAX-AGE=3600":             time.Hour,
		"max-age=0":                time.Minute,
		"max-age=-5":               5 * time.Minute,
		"max-age=99999999999":      5 * time.Minute,
		"max-age=4000000000":       24 * time.Hour,
		"max-age":                  5 * time.Minute,
		"s-maxage=9999":            5 * time.Minute,
		"x-max-age=1, max-age=120": 2 * time.Minute,
	} {
		if got := idtoken.Freshness(header); got != want {
			t.Errorf("Freshness(%q) = %v, want %v", header, got, want)
		}
	}
}
