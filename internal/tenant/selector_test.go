package tenant_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"pgregory.net/rapid"
)

// TestParseSelector is the attack of two readers: no value that one of them could read as another
// tenant is taken.
func TestParseSelector(t *testing.T) {
	id := tenant.NewID()
	slug, err := tenant.ParseSlug("acme")
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]tenant.Selector{"acme": tenant.SelectSlug(slug), id.String(): tenant.SelectID(id)} {
		if got, err := tenant.ParseSelector([]string{s}); err != nil || got != want {
			t.Errorf("ParseSelector(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	bad := [][]string{nil, {}, {"acme", "globex"}, {"acme", "acme"}, {"acme", ""}, {"", "acme"}, {"acme, globex"}, {"acme,acme"}}
	for _, s := range hostile {
		bad = append(bad, []string{s})
	}
	for _, values := range bad {
		if got, err := tenant.ParseSelector(values); !errors.Is(err, tenant.ErrInvalid) || !got.IsZero() {
			t.Errorf("ParseSelector(%q) = %v, %v; want ErrInvalid", values, got, err)
		}
	}
}

// TestParseSelectorOverHTTP sends the headers that a server folds, trims or joins on its own.
func TestParseSelectorOverHTTP(t *testing.T) {
	var got tenant.Selector
	var err error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, err = tenant.ParseSelector(r.Header.Values("X-TenantId"))
	}))
	defer server.Close()
	for name, header := range map[string]string{
		"none":       "",
		"twice":      "X-TenantId: acme\r\nX-TenantId: globex\r\n",
		"case twins": "X-TenantId: acme\r\nx-tenantid: globex\r\n",
		"list":       "X-TenantId: acme, globex\r\n",
		"folded":     "X-TenantId: acme\r\n globex\r\n",
		"escaped":    "X-TenantId: %61cme\r\n",
		"long":       "X-TenantId: " + strings.Repeat("a", 4096) + "\r\n",
		"full width": "X-TenantId: ａｃｍｅ\r\n",
	} {
		got, err = tenant.Selector{}, nil
		if status := rawRequest(t, server, header); status == http.StatusBadRequest {
			continue // the server itself would not have it
		}
		if !errors.Is(err, tenant.ErrInvalid) || !got.IsZero() {
			t.Errorf("%s: %v, %v; want ErrInvalid", name, got, err)
		}
	}
	if rawRequest(t, server, "X-TenantId: acme\r\n"); err != nil || got.IsZero() {
		t.Errorf("one header: %v, %v", got, err)
	}
}

// TestSelectorsAreInjective: two values never select the same tenant, and selecting is the same as
// parsing.
func TestSelectorsAreInjective(t *testing.T) {
	value := rapid.OneOf(rapid.StringMatching(`[a-z][a-z0-9-]{1,12}[a-z0-9]`), rapid.StringMatching(`tn-[a-z0-9]{10}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		a, b := value.Draw(t, "a"), value.Draw(t, "b")
		left, err1 := tenant.ParseSelector([]string{a})
		right, err2 := tenant.ParseSelector([]string{b})
		if err1 == nil && err2 == nil && (left == right) != (a == b) {
			t.Fatalf("%q and %q: same selector %v", a, b, left == right)
		}
	})
}

// rawRequest sends a GET with header lines that net/http would not send, and returns the status.
func rawRequest(t *testing.T, server *httptest.Server, header string) int {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s\r\n", header)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}
