package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/web"
)

func TestLocalPath(t *testing.T) {
	acme := tenancytest.Slug(t, "acme")
	for next, want := range map[string]string{
		"/t/acme/files":                             "/t/acme/files",
		"/t/acme/people":                            "/t/acme/people",
		"/t/acme/keys":                              "/t/acme/keys",
		"/t/acme/keys/0a/revoke":                    "/t/acme/keys/0a/revoke",
		"/t/acme/keys/../../globex":                 "",
		"/t/acme/files?cursor=abc":                  "/t/acme/files?cursor=abc",
		"/t/acme/files/0a/delete":                   "/t/acme/files/0a/delete",
		"":                                          "",
		"/":                                         "",
		"/t/acme":                                   "",
		"/t/acme/":                                  "",
		"/t/acme/sign-in":                           "",
		"/t/acme/sign-out":                          "",
		"/t/globex/files":                           "",
		"/t/acme/../globex/files":                   "",
		"/t/acme/files/../../globex":                "",
		"/t/acme/files/%2e%2e/x":                    "",
		"/t/acme/files%2F..%2Fx":                    "",
		"//evil.example/t/acme/files":               "",
		"https://evil.example/":                     "",
		"javascript:alert(1)":                       "",
		"/t/acme/files\r\nSet-Cookie: a=":           "",
		"/t/acme/\\evil.example":                    "",
		"/t/acme/files#fragment":                    "",
		"/t/acme//evil.example":                     "",
		"/t/acme/files é":                           "",
		"/t/acme/files?" + strings.Repeat("a", 600): "",
	} {
		if got := web.LocalPath(acme, next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/t/acme/files", "//evil.example", "/t/acme/files?x=/../", "/t/acme/files/%2f"} {
		f.Add(s)
	}
	acme := tenancytest.Slug(f, "acme")
	f.Fuzz(func(t *testing.T, next string) {
		got := web.LocalPath(acme, next)
		if got == "" {
			return
		}
		base := &url.URL{Scheme: "https", Host: "app.example.com"}
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || !strings.HasPrefix(u.EscapedPath(), "/t/acme/") {
			t.Errorf("localPath(%q) = %q leads to %v, %v", next, got, u, err)
		}
	})
}
