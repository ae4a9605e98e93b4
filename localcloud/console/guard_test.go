package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud/console"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// answer is the status of a GET with a Host (empty: the right one) and headers: name, value, name,
// value.
func answer(t *testing.T, address, host string, headers ...string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestConsoleOnlyReads(t *testing.T) {
	cloud := localcloudtest.New(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		for _, path := range []string{"/", "/accounts", "/content", "/why"} {
			req, err := http.NewRequestWithContext(t.Context(), method, cloud.Endpoints().Console+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, res.StatusCode)
			}
		}
	}
}

// A web page whose name was made to resolve to 127.0.0.1 is of the console's origin to a browser,
// but not to the console.
func TestForeignHostIsRefused(t *testing.T) {
	console := localcloudtest.New(t).Endpoints().Console
	port := console[strings.LastIndex(console, ":"):]
	for host, want := range map[string]int{
		"":                         http.StatusOK,
		"127.0.0.1" + port:         http.StatusOK,
		"localhost" + port:         http.StatusOK,
		"LocalHost" + port:         http.StatusOK,
		"[::1]" + port:             http.StatusOK,
		"localhost":                http.StatusMisdirectedRequest, // port 80 is another's
		"127.0.0.1:1":              http.StatusMisdirectedRequest,
		"127.0.0.2" + port:         http.StatusMisdirectedRequest,
		"localhost." + port:        http.StatusMisdirectedRequest,
		"evil.example" + port:      http.StatusMisdirectedRequest,
		"127.0.0.1.evil.example":   http.StatusMisdirectedRequest,
		"localhost.evil.example":   http.StatusMisdirectedRequest,
		"192.168.0.1" + port:       http.StatusMisdirectedRequest,
		"0.0.0.0" + port:           http.StatusMisdirectedRequest,
		"evil.example:127.0.0.1":   http.StatusMisdirectedRequest,
		"metadata.google.internal": http.StatusMisdirectedRequest,
	} {
		for _, path := range []string{"/", "/accounts", "/assets/base.css"} {
			if got := answer(t, console+path, host); got != want {
				t.Errorf("host %q, %s: %d, want %d", host, path, got, want)
			}
		}
	}
}

// A console that somebody made listen on all addresses still answers none but loopback's.
func TestForeignAddressIsRefused(t *testing.T) {
	handler := console.New(console.Config{Project: localcloudtest.Project})
	req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:4005/assets/base.css", nil)
	for address, want := range map[string]int{
		"127.0.0.1:4005": http.StatusOK,
		"[::1]:4005":     http.StatusOK,
		"10.0.0.7:4005":  http.StatusMisdirectedRequest,
		"127.0.0.1:4006": http.StatusMisdirectedRequest,
		"not an address": http.StatusMisdirectedRequest,
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, console.Arriving(req, address))
		if w.Code != want {
			t.Errorf("connection to %s: %d, want %d", address, w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	if handler.ServeHTTP(w, req); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("connection of no known address: %d", w.Code)
	}
}

func TestRequestsOfOtherPagesAreRefused(t *testing.T) {
	address := localcloudtest.New(t).Endpoints().Console
	const site, mode, dest = "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"no browser":                     {nil, http.StatusOK},
		"typed":                          {[]string{site, "none", mode, "navigate", dest, "document"}, http.StatusOK},
		"own link":                       {[]string{site, "same-origin", mode, "navigate", dest, "document"}, http.StatusOK},
		"own script":                     {[]string{site, "same-origin", mode, "cors", dest, "empty", "Origin", address}, http.StatusOK},
		"link of the application":        {[]string{site, "same-site", mode, "navigate", dest, "document"}, http.StatusOK},
		"frame of the application":       {[]string{site, "same-site", mode, "navigate", dest, "iframe"}, http.StatusForbidden},
		"script of the application":      {[]string{site, "same-site", mode, "cors", dest, "empty"}, http.StatusForbidden},
		"link of the web":                {[]string{site, "cross-site", mode, "navigate", dest, "document"}, http.StatusForbidden},
		"image of the web":               {[]string{site, "cross-site", mode, "no-cors", dest, "image"}, http.StatusForbidden},
		"script of the web":              {[]string{site, "cross-site", mode, "cors", dest, "empty"}, http.StatusForbidden},
		"something new":                  {[]string{site, "galactic"}, http.StatusForbidden},
		"an old browser":                 {[]string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"an old browser, another port":   {[]string{"Origin", "http://127.0.0.1:1"}, http.StatusForbidden},
		"an old browser, opaque origin":  {[]string{"Origin", "null"}, http.StatusForbidden},
		"origin beside the right answer": {[]string{site, "same-origin", "Origin", "https://evil.example"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/", "/decisions", "/assets/live.js"} {
				if got := answer(t, address+path, "", c.headers...); got != c.want {
					t.Errorf("%s: %d, want %d", path, got, c.want)
				}
			}
		})
	}
}
