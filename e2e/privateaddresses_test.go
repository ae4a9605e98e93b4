package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// Cmd/dev calls its own two providers, and nothing else inside this machine or its network, in
// whatever form an admin writes the address: as a provider's issuer, as an issuer of access tokens,
// as where its keys are.
func TestPrivateAddressesAreNotCalled(t *testing.T) {
	acme := world.tenant("acme")
	admin := browserSession(t, acme, "admin")
	const settings = "/t/acme/settings/sign-in"
	var hits atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(inside.Close)
	own, err := url.Parse(world.provider("acme-id").Issuer)
	if err != nil {
		t.Fatal(err)
	}
	port := strings.TrimPrefix(inside.URL, "http://127.0.0.1:")
	addresses := []string{
		inside.URL, "http://localhost:" + port, "http://[::1]:" + port, "https://127.0.0.1:" + port, "http://127.1:" + port,
		"http://169.254.169.254/", "https://169.254.169.254/latest/meta-data", "http://metadata.google.internal/computeMetadata/v1/",
		"https://metadata.google.internal", "https://127.0.0.1", "https://[::1]/", "https://[::ffff:7f00:1]", "https://[::ffff:169.254.169.254]",
		"https://0x7f000001", "https://0x7f.1", "https://0177.0.0.1", "https://2130706433", "https://127.0.0.1.", "https://0", "https://localhost",
		"https://localhost.", "https://a.localhost", "https://10.0.0.1", "https://172.16.0.1", "https://192.168.0.1", "https://100.64.0.1",
		"https://[fd00::1]", "https://[fd00:ec2::254]", "https://[fe80::1%25eth0]", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]",
		"https://db.corp", "https://printer.local", "https://id.bulkhead.test", "file:///etc/passwd", "gopher://127.0.0.1:25/",
		"dict://127.0.0.1/", "https://login.example.com:22", "https://login.example.com:8443", "https://a:b@login.example.com",
		"https://login.example.com@127.0.0.1/", "https://login.example.com\\@127.0.0.1/", "https://login.example.com#@127.0.0.1/",
		own.Scheme + "://a@" + own.Host + own.Path, own.Scheme + "s://" + own.Host + own.Path, "http://localhost:" + own.Port() + own.Path,
		"http://127.0.0.1:" + own.Port() + "0" + own.Path, strings.Replace(world.Endpoints.Firestore, "grpc", "http", 1), world.Endpoints.Storage,
		world.Endpoints.Identity, world.Endpoints.Token, world.Console, world.App,
	}
	version := func() string {
		a := world.as(t, acme, "admin").do("GET", "/api/v1/settings/authentication", nil)
		return strings.Trim(a.header.Get("ETag"), `"`)
	}
	before := version()
	for _, address := range addresses {
		for where, ask := range map[string]func() answer{
			"as a provider": func() answer { return form(t, settings+"/providers/new", url.Values{"issuer": {address}}, admin) },
			"as an issuer":  func() answer { return form(t, settings+"/issuers", newIssuer(before, address, ""), admin) },
			"as its keys": func() answer {
				return form(t, settings+"/issuers", newIssuer(before, "https://login.example.com", address), admin)
			},
		} {
			if a := ask(); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `data-testid="error"`) {
				t.Errorf("%s, %s: %d", address, where, a.status)
			}
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the server inside was reached %d times", n)
	}
	if after := version(); after != before {
		t.Errorf("the settings have changed: version %s, then %s", before, after)
	}
	for _, name := range []string{"acme-id", "globex-id"} {
		if a := form(t, settings+"/providers/new", url.Values{"issuer": {world.provider(name).Issuer}}, admin); a.status != http.StatusOK {
			t.Errorf("its own provider %s: %d", name, a.status)
		}
	}
}

// newIssuer is the form for an issuer of access tokens.
func newIssuer(version, issuer, jwks string) url.Values {
	return url.Values{
		"version": {version}, "name": {"Builds"}, "issuer": {issuer}, "jwks": {jwks}, "audience": {"https://api.example.com"},
		"clients": {"builds"}, "scopes": {"files.write = editor"},
	}
}
