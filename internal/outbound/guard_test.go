package outbound_test

import (
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/outbound"
)

// notPublic are addresses that no call may reach, by what they are.
var notPublic = map[string]string{
	"this network":           "0.0.0.0",
	"this network, inside":   "0.1.2.3",
	"loopback":               "127.0.0.1",
	"loopback, further on":   "127.255.255.254",
	"private 10":             "10.0.0.1",
	"private 172":            "172.31.255.255",
	"private 192":            "192.168.1.1",
	"CGNAT":                  "100.64.0.1",
	"CGNAT's end":            "100.127.255.255",
	"metadata":               "169.254.169.254",
	"link-local":             "169.254.0.1",
	"protocol assignments":   "192.0.0.192",
	"documentation 1":        "192.0.2.1",
	"documentation 2":        "198.51.100.1",
	"documentation 3":        "203.0.113.1",
	"6to4 relay":             "192.88.99.1",
	"benchmarking":           "198.19.255.255",
	"multicast":              "224.0.0.1",
	"reserved":               "240.0.0.1",
	"broadcast":              "255.255.255.255",
	"unspecified 6":          "::",
	"loopback 6":             "::1",
	"mapped loopback":        "::ffff:127.0.0.1",
	"mapped metadata":        "::ffff:169.254.169.254",
	"compatible loopback":    "::127.0.0.1",
	"NAT64 loopback":         "64:ff9b::7f00:1",
	"NAT64 metadata":         "64:ff9b::a9fe:a9fe",
	"NAT64, local":           "64:ff9b:1::a00:1",
	"6to4 loopback":          "2002:7f00:1::",
	"6to4 private":           "2002:a00:1::1",
	"Teredo":                 "2001:0:4136:e378:8000:63bf:3fff:fdd2",
	"ORCHID":                 "2001:20::1",
	"link-local 6":           "fe80::1",
	"site-local":             "fec0::1",
	"unique local":           "fd00::1",
	"metadata 6":             "fd00:ec2::254",
	"Google's metadata 6":    "fd20:ce::254",
	"multicast 6":            "ff02::1",
	"documentation 6":        "2001:db8::1",
	"documentation 6, newer": "3fff::1",
	"discard":                "100::1",
	"SRv6":                   "5f00::1",
}

// TestGuardRefusesWhatIsNotPublic resolves a name to each address and calls it: what refuses is the
// address, at the moment of connecting.
func TestGuardRefusesWhatIsNotPublic(t *testing.T) {
	for what, address := range notPublic {
		t.Run(what, func(t *testing.T) {
			c := newClient(t, outbound.Config{Resolver: names{"idp.example.com": {{address}}}.resolver(t)})
			_, err := c.GetJSON(t.Context(), "https://idp.example.com/", 0)
			if got := kindOf(t, err); got != outbound.KindPrivate {
				t.Errorf("%s: %s (%v), want %s", address, got, err, outbound.KindPrivate)
			}
		})
	}
}

func TestGuardOfAnAddress(t *testing.T) {
	for _, public := range []string{"8.8.8.8:443", "1.1.1.1:443", "172.15.0.1:443", "100.128.0.1:443"} {
		if err := outbound.Guard("tcp4", public); err != nil {
			t.Errorf("%s: %v", public, err)
		}
	}
	if err := outbound.Guard("tcp6", "[2001:4860:4860::8888]:443"); err != nil {
		t.Error(err)
	}
	for _, call := range [][2]string{
		{"tcp4", "8.8.8.8:80"}, {"tcp4", "8.8.8.8:22"}, {"udp4", "8.8.8.8:443"}, {"unix", "/run/x"}, {"tcp4", "8.8.8.8"},
		{"tcp6", "[2001:4860:4860::8888%eth0]:443"}, {"tcp6", "[fe80::1%eth0]:443"}, {"tcp4", "010.0.0.1:443"},
		{"tcp6", "[::ffff:8.8.8.8]:443"},
	} {
		if outbound.Guard(call[0], call[1]) == nil {
			t.Errorf("%s is let through", call)
		}
	}
}

// FuzzGuard holds the guard against the classes of package netip.
func FuzzGuard(f *testing.F) {
	for _, address := range notPublic {
		a := netip.MustParseAddr(address)
		f.Add(a.AsSlice())
	}
	f.Add([]byte{8, 8, 8, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		network := "tcp4"
		if a.Is6() {
			network = "tcp6"
		}
		err := outbound.Guard(network, netip.AddrPortFrom(a, 443).String())
		u := a.Unmap()
		if err == nil && (!u.IsGlobalUnicast() || u.IsPrivate() || u.IsLoopback() || u.IsLinkLocalUnicast() || u.IsMulticast()) {
			t.Fatalf("%s is let through", a)
		}
	})
}

// TestRebinding: a name that was public when it was looked at first, and is private at the call.
func TestRebinding(t *testing.T) {
	hits := new(atomic.Int64)
	s, _ := serve(t, outbound.Config{}, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	resolver := names{"idp.example.com": {{"8.8.8.8"}, {"127.0.0.1"}}}.resolver(t)
	first, err := resolver.LookupHost(t.Context(), "idp.example.com")
	if err != nil || len(first) != 1 || first[0] != "8.8.8.8" {
		t.Fatal(first, err)
	}
	c := newClient(t, outbound.Config{Resolver: resolver, Exceptions: []string{s.URL}})
	_, err = c.GetJSON(t.Context(), "https://idp.example.com/", 0)
	if got := kindOf(t, err); got != outbound.KindPrivate {
		t.Errorf("%s (%v), want %s", got, err, outbound.KindPrivate)
	}
	if hits.Load() != 0 {
		t.Error("the listener was reached")
	}
}

// TestOnlyTheExceptionIsCalled: another port of its host is refused before anything is sent.
func TestOnlyTheExceptionIsCalled(t *testing.T) {
	hits := new(atomic.Int64)
	other, _ := serve(t, outbound.Config{}, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	s, c := serve(t, outbound.Config{}, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, "{}") })
	if _, err := c.GetJSON(t.Context(), s.URL, 0); err != nil {
		t.Error(err)
	}
	_, err := c.GetJSON(t.Context(), other.URL, 0)
	if got := kindOf(t, err); got != outbound.KindScheme {
		t.Errorf("another port of the exception's host: %s, want %s", got, outbound.KindScheme)
	}
	if hits.Load() != 0 {
		t.Error("the other listener was reached")
	}
}
