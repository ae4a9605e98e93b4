package browser_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/web/browser"
)

func TestCookieFlags(t *testing.T) {
	acme := browser.CookieName(tenancytest.Slug(t, "acme"))
	w := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest("GET", "/", nil), w)
	if err := browser.WriteCookie(c, acme, "sealed", time.Hour); err != nil {
		t.Fatal(err)
	}
	browser.DropCookie(c, acme)
	cookies := w.Result().Cookies()
	if len(cookies) != 2 {
		t.Fatalf("%d cookies", len(cookies))
	}
	for _, got := range cookies {
		if got.Name != "__Host-bh-acme" || got.Path != "/" || got.Domain != "" || !got.Secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", got)
		}
	}
	if got := cookies[0]; got.Value != "sealed" || got.MaxAge < 3590 || got.MaxAge > 3600 {
		t.Errorf("kept: %v", got)
	}
	if got := cookies[1]; got.Value != "" || got.MaxAge >= 0 {
		t.Errorf("dropped: %v", got)
	}
}

func TestCookieThatBrowsersWouldDrop(t *testing.T) {
	c := echo.New().NewContext(httptest.NewRequest("GET", "/", nil), httptest.NewRecorder())
	if err := browser.WriteCookie(c, browser.CookieName(tenancytest.Slug(t, "acme")), strings.Repeat("x", 4096), 0); err == nil {
		t.Error("accepted")
	}
}

// TestManyWorkspaces: a browser that signs in to one workspace after the other never sends a header
// that the server refuses, and keeps the newest.
func TestManyWorkspaces(t *testing.T) {
	var jar []*http.Cookie // in the order in which browsers send them
	for i := range 60 {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: "__Host-bho", Value: "operator"})
		for _, cookie := range jar {
			r.AddCookie(cookie)
		}
		if n := len(r.Header.Get("Cookie")); n > 33<<10 {
			t.Fatalf("a header of %d bytes", n)
		}
		w := httptest.NewRecorder()
		name := browser.CookieName(tenancytest.Slug(t, fmt.Sprintf("workspace-%d", i)))
		if err := browser.WriteCookie(echo.New().NewContext(r, w), name, strings.Repeat("x", 3000), time.Hour); err != nil {
			t.Fatal(err)
		}
		for _, set := range w.Result().Cookies() {
			if set.MaxAge > 0 {
				jar = append(jar, set)
				continue
			}
			if set.Name == "__Host-bho" || jar[0].Name != set.Name {
				t.Fatalf("%s is dropped, and %s is the oldest", set.Name, jar[0].Name)
			}
			jar = jar[1:]
		}
	}
	if last := jar[len(jar)-1].Name; len(jar) < 8 || last != "__Host-bh-workspace-59" {
		t.Errorf("%d are kept, the last is %s", len(jar), last)
	}
}

func TestReadCookie(t *testing.T) {
	acme := browser.CookieName(tenancytest.Slug(t, "acme"))
	for name, tt := range map[string]struct {
		headers []string
		want    string
		err     error
	}{
		"none":              {nil, "", browser.ErrNoSession},
		"one":               {[]string{"a=b; __Host-bh-acme=x; c=d"}, "x", nil},
		"another workspace": {[]string{"__Host-bh-globex=x"}, "", browser.ErrNoSession},
		"longer name":       {[]string{"__Host-bh-acme2=x"}, "", browser.ErrNoSession},
		"another case":      {[]string{"__host-bh-acme=x"}, "", browser.ErrNoSession},
		"two":               {[]string{"__Host-bh-acme=x; __Host-bh-acme=y"}, "", browser.ErrTwoSessions},
		"two headers":       {[]string{"__Host-bh-acme=x", "__Host-bh-acme=x"}, "", browser.ErrTwoSessions},
		"one without value": {[]string{"__Host-bh-acme; __Host-bh-acme=x"}, "", browser.ErrTwoSessions},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Cookie"] = tt.headers
		got, err := browser.ReadCookie(r, acme)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v; want %q, %v", name, got, err, tt.want, tt.err)
		}
	}
}
