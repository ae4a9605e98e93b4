package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestExplain: what is asked, what is printed where, and the exit status. What the API says, web's
// own tests show.
func TestExplain(t *testing.T) {
	const refused = `{"allowed":false,"policy":"session","status":403,"code":"forbidden","detail":"Your role does not allow this.",` +
		`"rules":[{"name":"one session","where":"cookie.go","outcome":"passed"},` +
		`{"name":"a session of the tenant","where":"admission.go","outcome":"refused","detail":"settings"}]}`
	status, body := http.StatusOK, refused
	var asked *http.Request
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer app.Close()
	call := func(token string, args ...string) (code int, out, errs string) {
		var o, e bytes.Buffer
		code = run(t.Context(), append(args, "-app", app.URL), token, &o, &e)
		return code, o.String(), e.String()
	}
	whole := []string{"explain", "-tenant", "acme", "-route", "GET /t/:tenant/keys", "-role", "editor"}

	code, out, errs := call("secret-token", whole...)
	for _, want := range []string{"does not get in: 403 forbidden: Your role", "refused                a session of the tenant: settings (admission.go)"} {
		if code != 0 || errs != "" || !strings.Contains(out, want) {
			t.Errorf("explain: %d, %q is not in %q, %q", code, want, out, errs)
		}
	}
	q := asked.URL.Query()
	if asked.Header.Get("Authorization") != "Bearer secret-token" || asked.Header.Get("X-TenantId") != "acme" ||
		q.Get("route") != "GET /t/:tenant/keys" || q.Get("role") != "editor" || q.Get("credential") != "session" {
		t.Errorf("asked %s with %v", asked.URL, asked.Header)
	}
	if code, out, errs = call("secret-token", append(whole, "-json")...); code != 0 || out != refused || errs != "" {
		t.Errorf("explain -json: %d, %q, %q", code, out, errs)
	}

	for name, args := range map[string][]string{
		"nothing":         {},
		"another command": {"rotate"},
		"no route":        {"explain", "-tenant", "acme"},
		"an unknown flag": {"explain", "-token", "x"},
	} {
		if code, out, errs = call("secret-token", args...); code != 2 || out != "" || errs == "" {
			t.Errorf("%s: %d, %q, %q", name, code, out, errs)
		}
	}
	if code, _, errs = call("", whole...); code != 2 || !strings.Contains(errs, "BULKHEAD_TOKEN") {
		t.Errorf("without a token: %d, %q", code, errs)
	}
	status, body = http.StatusForbidden, `{"detail":"Your role in this workspace does not allow this.","requestId":"R1"}`
	if code, out, errs = call("secret-token", whole...); code != 1 || out != "" || !strings.Contains(errs, "does not allow this. (403, request R1)") {
		t.Errorf("refused: %d, %q, %q", code, out, errs)
	}
	status, body = http.StatusBadGateway, `<html>`
	if code, _, errs = call("secret-token", whole...); code != 1 || strings.Contains(errs, "secret-token") || !strings.Contains(errs, "502") {
		t.Errorf("no problem: %d, %q", code, errs)
	}
}
