package outbound_test

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestValidateURL(t *testing.T) {
	c := newClient(t, outbound.Config{Exceptions: []string{
		"http://127.0.0.1:9001", "https://idp.localhost:8443", "http://[::1]:9002",
	}})
	for raw, want := range map[string]outbound.Kind{
		"https://login.example.com":                    "",
		"https://login.example.com/":                   "",
		"https://login.example.com:443/realms/a?x=y":   "",
		"https://Login.Example.com/realms/a":           "",
		"https://xn--bcher-kva.example.com":            "",
		"https://my_org.example.com":                   "",
		"http://127.0.0.1:9001/a":                      "", // an exception
		"https://idp.localhost:8443/realms/a":          "",
		"http://[::1]:9002/":                           "",
		"":                                             outbound.KindAddress,
		"login.example.com":                            outbound.KindScheme,
		"//login.example.com":                          outbound.KindScheme,
		"https://":                                     outbound.KindAddress,
		"https:///x":                                   outbound.KindAddress,
		"https:login.example.com":                      outbound.KindAddress,
		"https://login.example.com/#x":                 outbound.KindAddress,
		"https://login.example.com/#":                  outbound.KindAddress,
		"https://login.example.com/a b":                outbound.KindAddress,
		"https://login.example.com/\r\nHost: x":        outbound.KindAddress,
		"https://login.example.com\\@127.0.0.1/":       outbound.KindAddress,
		"https://login.ex\u00e4mple.com":               outbound.KindAddress,
		"https://login\uff0eexample\uff0ecom":          outbound.KindAddress,
		"https://%31%32%37.0.0.1/":                     outbound.KindAddress,
		"https://login.example.com/%zz":                outbound.KindAddress,
		"https://x.example.com/" + long(2048):          outbound.KindAddress,
		"http://login.example.com":                     outbound.KindScheme,
		"HTTP://login.example.com":                     outbound.KindScheme,
		"ftp://login.example.com":                      outbound.KindScheme,
		"gopher://login.example.com/":                  outbound.KindScheme,
		"file:///etc/passwd":                           outbound.KindScheme,
		"http://169.254.169.254/":                      outbound.KindScheme,
		"https://a@login.example.com":                  outbound.KindUserInfo,
		"https://a:b@login.example.com":                outbound.KindUserInfo,
		"https://login.example.com@127.0.0.1":          outbound.KindUserInfo,
		"http://a@127.0.0.1:9001/":                     outbound.KindUserInfo, // an exception too
		"https://login.example.com:22":                 outbound.KindPort,
		"https://login.example.com:80":                 outbound.KindPort,
		"https://login.example.com:8443":               outbound.KindPort,
		"https://login.example.com:":                   outbound.KindPort,
		"https://login.example.com:0443":               outbound.KindPort,
		"https://127.0.0.1":                            outbound.KindHost,
		"https://169.254.169.254/latest/meta-data":     outbound.KindHost,
		"https://8.8.8.8":                              outbound.KindHost,
		"https://[::1]":                                outbound.KindHost,
		"https://[fe80::1%25eth0]":                     outbound.KindHost,
		"https://[::ffff:7f00:1]":                      outbound.KindHost,
		"https://[::ffff:127.0.0.1]":                   outbound.KindHost,
		"https://[2001:4860:4860::8888]":               outbound.KindHost,
		"https://[fd00:ec2::254]":                      outbound.KindHost,
		"https://[64:ff9b::7f00:1]":                    outbound.KindHost,
		"https://0x7f000001":                           outbound.KindHost,
		"https://0x7f.0.0.0x1":                         outbound.KindHost,
		"https://0177.0.0.01":                          outbound.KindHost,
		"https://2130706433":                           outbound.KindHost,
		"https://127.1":                                outbound.KindHost,
		"https://127.0.0.1.":                           outbound.KindHost,
		"https://0":                                    outbound.KindHost,
		"https://localhost":                            outbound.KindHost,
		"https://localhost.":                           outbound.KindHost,
		"https://idp.localhost":                        outbound.KindHost,
		"https://login.example.com.":                   outbound.KindHost,
		"https://metadata":                             outbound.KindHost,
		"https://metadata.google.internal":             outbound.KindHost,
		"https://METADATA.GOOGLE.INTERNAL/":            outbound.KindHost,
		"https://printer.local":                        outbound.KindHost,
		"https://1.0.0.127.in-addr.arpa":               outbound.KindHost,
		"https://a..example.com":                       outbound.KindHost,
		"https://-a.example.com":                       outbound.KindHost,
		"https://" + long(64) + ".example.com":         outbound.KindHost,
		"https://" + strings.Repeat("a.", 130) + "com": outbound.KindHost,
		"https://127.0.0.1:9001":                       outbound.KindPort, // the exception is for http
		"http://127.0.0.1:9002":                        outbound.KindScheme,
		"http://127.0.0.1":                             outbound.KindScheme,
		"http://localhost:9001":                        outbound.KindScheme,
		"http://127.0.0.1.:9001":                       outbound.KindScheme,
		"http://127.0.0.1:09001":                       outbound.KindScheme,
		"http://0x7f000001:9001":                       outbound.KindScheme,
		"https://idp.localhost:8443.example.com":       outbound.KindAddress,
	} {
		err := c.ValidateURL(raw)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", raw, err)
		case want != "" && err == nil:
			t.Errorf("%q is taken, want %s", raw, want)
		case want != "":
			if got := kindOf(t, err); got != want {
				t.Errorf("%q: %s (%v), want %s", raw, got, err, want)
			}
		}
	}
}

func long(n int) string { return strings.Repeat("a", n) }

func TestExceptionsAreExactOrigins(t *testing.T) {
	for _, bad := range []string{
		"", "*", "127.0.0.1:9001", "http://127.0.0.1", "http://127.0.0.1:9001/", "http://127.0.0.1:9001/x",
		"http://127.0.0.1:9001?", "http://a@127.0.0.1:9001", "ftp://127.0.0.1:21", "http://:9001",
		"HTTP://127.0.0.1:9001", "http://LOCALHOST:9001", "http://*.localhost:9001 ",
	} {
		if _, err := outbound.New(outbound.Config{Exceptions: []string{bad}}); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("exception %q: %v, want ErrInvalid", bad, err)
		}
	}
	if _, err := outbound.New(outbound.Config{Timeout: -1}); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("a negative timeout: %v, want ErrInvalid", err)
	}
}

// FuzzValidateURL holds what is taken against the standard library's own reading of it: https, port
// 443, a name of several labels and nobody's user name. What is taken can be sent, too.
func FuzzValidateURL(f *testing.F) {
	for _, seed := range []string{
		"https://login.example.com/a", "https://a@b.com", "https://127.0.0.1", "https://[::1]", "https://x.com:443",
		"https://0x7f.1", "https://x.com:22", "https://x%2ecom", "https://x.local", "https://x.com#", "https:/\\x.com",
	} {
		f.Add(seed)
	}
	c := newClient(f, outbound.Config{})
	f.Fuzz(func(t *testing.T, raw string) {
		if err := c.ValidateURL(raw); err != nil {
			kindOf(t, err)
			return
		}
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		host := u.Hostname()
		last := host[strings.LastIndexByte(host, '.')+1:]
		if u.Scheme != "https" || u.User != nil || u.Port() != "" && u.Port() != "443" || u.Fragment != "" ||
			!strings.Contains(host, ".") || strings.ContainsAny(host, ":%[]/\\@") || last == "" ||
			'0' <= last[0] && last[0] <= '9' {
			t.Fatalf("%q is taken", raw)
		}
		httptest.NewRequest("GET", raw, nil)
	})
}
