package attacks_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// names is the name server that this process asks in place of the machine's: a test says where a
// name leads.
var names = new(nameServer)

type nameServer struct {
	mu      sync.Mutex
	answers map[string][]string // by name: its addresses
	asked   map[string]int
}

// listen has every look-up of this process go to names from now on.
func (n *nameServer) listen() error {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go (&dns.Server{PacketConn: conn, Handler: n}).ActivateAndServe() //nolint:errcheck // it ends with the process
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	return nil
}

func (n *nameServer) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, asked := new(dns.Msg).SetReply(q), q.Question[0]
	name := strings.TrimSuffix(strings.ToLower(asked.Name), ".")
	if n.asked == nil {
		n.asked = map[string]int{}
	}
	n.asked[name]++
	if len(n.answers[name]) == 0 {
		m.Rcode = dns.RcodeNameError
	}
	for _, text := range n.answers[name] {
		a, h := netip.MustParseAddr(text), dns.RR_Header{Name: asked.Name, Rrtype: asked.Qtype, Class: dns.ClassINET}
		switch {
		case asked.Qtype == dns.TypeA && a.Is4():
			m.Answer = append(m.Answer, &dns.A{Hdr: h, A: a.AsSlice()})
		case asked.Qtype == dns.TypeAAAA && a.Is6():
			m.Answer = append(m.Answer, &dns.AAAA{Hdr: h, AAAA: a.AsSlice()})
		}
	}
	_ = w.WriteMsg(m)
}

// lead has a name lead to these addresses.
func (n *nameServer) lead(name string, addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.answers == nil {
		n.answers = map[string][]string{}
	}
	n.answers[name] = addresses
}

func (n *nameServer) times(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

// inside are addresses that nobody outside of a network reaches, by what they are.
var inside = map[string]string{
	"loopback": "127.0.0.1", "loopback 6": "::1", "mapped loopback": "::ffff:127.0.0.1", "compatible loopback": "::127.0.0.1",
	"metadata": "169.254.169.254", "mapped metadata": "::ffff:169.254.169.254", "metadata 6": "fd00:ec2::254", "Google's metadata 6": "fd20:ce::254",
	"private 10": "10.0.0.1", "private 172": "172.16.0.1", "private 192": "192.168.0.1", "CGNAT": "100.64.0.1", "this network": "0.0.0.0",
	"unspecified 6": "::", "unique local": "fd00::1", "link-local 6": "fe80::1", "NAT64 loopback": "64:ff9b::7f00:1", "NAT64 metadata": "64:ff9b::a9fe:a9fe",
	"6to4 loopback": "2002:7f00:1::", "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2", "multicast": "224.0.0.1", "broadcast": "255.255.255.255",
}

// addresses: what a tenant's admin may name leads to nothing inside (IF-01): by the name itself, by
// where the name leads when it is called, by a document that names other addresses, by a redirect.
// The server has the cloud's providers for its exceptions, and nothing else.
func addresses(t *testing.T, w *town) {
	s := w.serve(t, unlimited)
	admin := s.as(t, w.said, w.a.Admin)
	within := newHost(t) // what must not be reached
	realm := w.realm(t, "well-known-id")
	const private = "private network"
	say := func(what string, x exchange, sentence string) {
		t.Helper()
		if x.status != http.StatusUnprocessableEntity || !strings.Contains(x.body, sentence) {
			t.Errorf("%s: %d, want 422 and %q: %s", what, x.status, sentence, errorOf(x.body))
		}
	}

	t.Run("a name that leads inside", func(t *testing.T) {
		for what, address := range inside {
			name := strings.NewReplacer(" ", "-", "'", "").Replace(strings.ToLower(what)) + ".example.com"
			names.lead(name, address)
			say(what, admin.discover("https://"+name), private)
			if names.times(name) == 0 {
				t.Errorf("nobody has asked for %s", name)
			}
			names.lead("mixed-"+name, address, address)
			say(what+", twice", admin.discover("https://mixed-"+name+"/realms/a"), private)
		}
	})
	t.Run("a name that leads inside the second time", func(t *testing.T) {
		const name = "rebound.example.com"
		names.lead(name, "203.0.113.7")
		if got, err := net.DefaultResolver.LookupHost(t.Context(), name); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		names.lead(name, "127.0.0.1")
		say("rebound", admin.discover("https://"+name), private)
		// The address of keys is called long after it was set.
		s.trust(t, w.a.ID, issuerWith("https://keys.example.com", "https://keys.example.com/keys"))
		names.lead("keys.example.com", "169.254.169.254")
		key := newRSA(t)
		token := jwt(t, atHeader("k"), accessClaims("https://keys.example.com", time.Now()), byRSA(t, key))
		if x := w.program(t, s, "acme", "acme", token); x.status != http.StatusServiceUnavailable {
			t.Errorf("keys inside: %.300v", x)
		}
		shown := admin.page("GET", "/t/acme/settings/sign-in", "")
		if !strings.Contains(shown.body, private) {
			t.Error("the admin is not told why the keys cannot be fetched")
		}
		s.trust(t, w.a.ID)
	})
	t.Run("a document that names other addresses", func(t *testing.T) {
		names.lead("in.example.com", "10.0.0.1")
		defer realm.Behave()
		for _, bad := range []string{
			"http://169.254.169.254/keys", within.URL + "/keys", "https://127.0.0.1/keys", "https://localhost/keys", "file:///etc/passwd",
			"gopher://10.0.0.1/", "https://a:b@login.example.com/", "https://login.example.com:22/", "https://[::ffff:7f00:1]/", "https://2130706433/",
		} {
			for _, end := range []string{"jwks_uri", "token_endpoint", "authorization_endpoint", "userinfo_endpoint", "end_session_endpoint"} {
				realm.Misbehave(oidc.Discovery, oidc.Document(map[string]any{end: bad}))
				say(end+" "+bad, admin.discover(realm.Issuer()), "bad "+end)
			}
		}
	})
	t.Run("a redirect", func(t *testing.T) {
		defer realm.Behave()
		for _, to := range []string{within.URL + "/secret", "http://169.254.169.254/latest/meta-data", "https://127.0.0.1/", "//10.0.0.1/", "/realms/well-known-id/keys"} {
			realm.Misbehave(oidc.Discovery, oidc.RedirectTo(to))
			say("a redirect to "+to, admin.discover(realm.Issuer()), "answered with a redirect")
		}
		realm.Misbehave(oidc.KeySet, oidc.RedirectTo(within.URL+"/keys"))
		s.trust(t, w.a.ID, issuerAt(realm.Issuer()))
		if x := w.program(t, s, "acme", "acme", minted(t, realm, nil)); x.status != http.StatusServiceUnavailable {
			t.Errorf("keys by a redirect: %.300v", x)
		}
		s.trust(t, w.a.ID)
	})
	t.Run("a secret is sent nowhere", func(t *testing.T) { secretStays(t, w, s, within) })
	if n := within.count(""); n != 0 {
		t.Errorf("the server inside was reached %d times", n)
	}
}

// secretStays: the client secret and the code go to the token endpoint, which is asked when
// somebody signs in: by then its name may lead anywhere.
func secretStays(t *testing.T, w *town, s *server, within *host) {
	realm, err := w.Cloud.Providers().Add("leaky-id", oidc.Config{
		Users:   []oidc.User{{Subject: "1", Email: "ann@id.acme.test", EmailVerified: true, Name: "Ann", Password: "correct horse"}},
		Clients: []oidc.Client{{ID: "bulkhead", Secret: "hush", RedirectURIs: []string{s.origin + "/callback"}}},
	})
	must(t, err)
	o := provider(t, w.World, w.a.Tenant, s.sealing, realm.Issuer())
	names.lead("token.example.com", "127.0.0.1")
	o.TokenEndpoint = "https://token.example.com/token"
	set := func(providers ...authpolicy.OIDC) {
		_, err := s.app.Policies.Change(t.Context(), w.a.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
			p.Providers = providers
			return p, nil
		})
		must(t, err)
	}
	set(o)
	defer set()
	c := caller{t: t, said: w.said, origin: s.origin, who: "acme", tenant: "acme"}
	if x := arrive(t, c, o, "ann@id.acme.test"); x.status < 500 || !strings.Contains(x.body, "provider") {
		t.Errorf("a token endpoint inside: %.400v", x)
	}
	realm.Misbehave(oidc.Token, oidc.RedirectTo(within.URL+"/token"))
	o.TokenEndpoint = realm.Issuer() + "/token"
	set(o)
	if x := arrive(t, c, o, "ann@id.acme.test"); x.status < 500 || !strings.Contains(x.body, "provider") {
		t.Errorf("a token endpoint that leads inside: %.400v", x)
	}
}

// issuerWith is an issuer whose key set is elsewhere.
func issuerWith(iss, jwks string) authpolicy.Issuer {
	i := issuerAt(iss)
	i.JWKS = jwks
	return i
}

// discover pastes an issuer on the page for a new provider.
func (c caller) discover(iss string) exchange {
	return c.page("POST", "/t/"+c.who+"/settings/sign-in/providers/new", url.Values{"issuer": {iss}}.Encode())
}

// errorOf is what a page says of an error.
func errorOf(page string) string {
	_, after, ok := strings.Cut(page, `data-testid="error"`)
	if !ok {
		return fmt.Sprintf("%.400s", page)
	}
	return fmt.Sprintf("%.400s", after)
}
