package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// command runs the command, and returns its exit status and what it printed. No output may hold the
// token.
func command(t *testing.T, token, typed string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, caller{token, strings.NewReader(typed), &o, &e})
	if token != "" && strings.Contains(o.String()+e.String(), token) {
		t.Errorf("%q prints the token: %s%s", args, &o, &e)
	}
	return code, o.String(), e.String()
}

// TestExplain: what is asked, what is printed where, and the exit status. What the API says, web's
// own tests show.
func TestExplain(t *testing.T) {
	const refused = `{"allowed":false,"policy":"session","status":403,"code":"forbidden","detail":"Your role does not allow this.",` +
		`"rules":[{"name":"one session","where":"cookie.go","outcome":"passed"},` +
		`{"name":"a session of the tenant","where":"admission.go","outcome":"refused","detail":"settings"}]}`
	status, body, location := http.StatusOK, refused, ""
	var asked *http.Request
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.Header().Set("Location", location)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer app.Close()
	call := func(token string, args ...string) (code int, out, errs string) {
		return command(t, token, "", append(args, "--app", app.URL)...)
	}
	whole := []string{"route", "explain", "--tenant", "acme", "--route", "GET /t/:tenant/keys", "--role", "editor"}

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
	if code, out, errs = call("secret-token", append(whole, "--json")...); code != 0 || out != refused || errs != "" {
		t.Errorf("explain --json: %d, %q, %q", code, out, errs)
	}

	if code, _, errs = call("", whole...); code != 2 || !strings.Contains(errs, "BULKHEAD_TOKEN") {
		t.Errorf("without a token: %d, %q", code, errs)
	}
	status, body = http.StatusForbidden, `{"detail":"Your role in this workspace does not allow this.","requestId":"R1"}`
	if code, out, errs = call("secret-token", whole...); code != 1 || out != "" || !strings.Contains(errs, "does not allow this. (403, request R1)") {
		t.Errorf("refused: %d, %q, %q", code, out, errs)
	}
	status, body = http.StatusForbidden, "{\"detail\":\"No secret-token.\\u001b[2J\",\"requestId\":\"R1\"}"
	if _, _, errs = call("secret-token", whole...); strings.Contains(errs, "\x1b") {
		t.Errorf("an answer moves the cursor: %q", errs)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the question is sent on, with %v", r.Header)
	}))
	defer elsewhere.Close()
	status, body, location = http.StatusFound, "", elsewhere.URL
	if code, _, errs = call("secret-token", whole...); code != 1 || !strings.Contains(errs, "302") {
		t.Errorf("sent elsewhere: %d, %q", code, errs)
	}
	status, body = http.StatusBadGateway, `<html>`
	if code, _, errs = call("secret-token", whole...); code != 1 || strings.Contains(errs, "secret-token") || !strings.Contains(errs, "502") {
		t.Errorf("no problem: %d, %q", code, errs)
	}
}

// TestNotUnderstood: nothing is done, nothing is printed on stdout, and the status says so.
func TestNotUnderstood(t *testing.T) {
	key, _ := plant(t, 1)
	folder := t.TempDir()
	explain := []string{"route", "explain", "--tenant", "acme", "--route", "GET /"}
	revoke := []string{"keys", "scan", "--revoke", folder}
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"nothing":              {nil, "no command"},
		"another command":      {[]string{"rotate"}, `"rotate"`},
		"half a command":       {[]string{"keys"}, "no command"},
		"another of keys":      {[]string{"keys", "lose"}, `"lose"`},
		"no route":             {explain[:4], "--route"},
		"no workspace":         {[]string{"route", "explain", "--route", "GET /"}, "--tenant"},
		"an unknown flag":      {append(explain, "--token", "x"), "--token"},
		"a word too many":      {append(explain, "twice"), `"twice"`},
		"nothing to scan":      {[]string{"keys", "scan"}, "at least 1"},
		"no limit":             {[]string{"keys", "scan", "--max-file", "0", folder}, "--max-file"},
		"revoke, but where":    {revoke, "--tenant"},
		"revoke, not answered": {append(revoke, "--tenant", "acme", "-"), "--yes"},
		"no address":           {append(revoke, "--tenant", "acme", "--app", "acme.example.com"), "--app"},
		"a password in it":     {append(revoke, "--tenant", "acme", "--app", "https://ann:hunter2@example.com"), "--app"},
		"in the clear":         {append(revoke, "--tenant", "acme", "--app", "http://app.example.com"), "https"},
		"in the clear, asking": {append(explain, "--app", "http://app.example.com"), "https"},
		"a key for a command":  {[]string{key}, ""},
	} {
		code, out, errs := command(t, "secret-token", "", tt.args...)
		if code != 2 || out != "" || errs == "" || !strings.Contains(errs, tt.says) || strings.Contains(errs, "hunter2") {
			t.Errorf("%s: %d, %q, %q", name, code, out, errs)
		}
	}
	if code, _, errs := command(t, "", "", append(revoke, "--tenant", "acme", "--app", "http://app.example.com")...); code != 2 || !strings.Contains(errs, "https") {
		t.Errorf("keys in the clear: %d, %q", code, errs)
	}
}

// TestHelpAndCompletion: both are answers, and go to stdout.
func TestHelpAndCompletion(t *testing.T) {
	for _, tt := range []struct{ args, says string }{
		{"--help", "keys"},
		{"keys scan --help", "4  a key that was found is not revoked"},
		{"completion bash", "__start_bulkhead"},
		{"__complete k", "keys"},
		{"__complete route explain --role ", "editor"},
		{"__complete route explain --credential a", "access"},
	} {
		code, out, _ := command(t, "", "", strings.Split(tt.args, " ")...)
		if code != 0 || !strings.Contains(out, tt.says) {
			t.Errorf("%s: %d, %q", tt.args, code, out)
		}
	}
}
