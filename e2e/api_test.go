package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// caller is an API client: what it sends with each request.
type caller struct {
	t      *testing.T
	at     *system
	tenant string // X-TenantId
	token  string // bearer
}

// answer is a response, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

// problem is the part of problem+json that stories look at.
type problem struct{ Code, Detail, RequestID string }

func (a answer) problem(t *testing.T) (p problem) {
	t.Helper()
	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "application/problem+json") {
		t.Errorf("the answer %d is %q, not a problem: %s", a.status, got, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Errorf("%v: %s", err, a.body)
	}
	return p
}

// anonymous calls the shared instance with nothing.
func anonymous(t *testing.T) caller { return caller{t: t, at: world} }

// as signs the tenant's user of this role in, through the API.
func (s *system) as(t *testing.T, of *tenant, role string) caller {
	t.Helper()
	u := of.user(role)
	c := caller{t: t, at: s, tenant: of.Slug}
	a := c.do("POST", "/api/v1/token", map[string]string{"email": u.Email, "password": u.Password})
	var out struct{ IDToken string }
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != http.StatusOK || out.IDToken == "" {
		t.Fatalf("signing %s in: %d %s", u.Email, a.status, a.body)
	}
	c.token = out.IDToken
	return c
}

// do sends body as JSON (none if nil) and reads the answer.
func (c caller) do(method, path string, body any) answer {
	c.t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(testContext(c.t), method, c.at.App+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.tenant != "" {
		req.Header.Set("X-TenantId", c.tenant)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return send(c.t, req)
}

func send(t *testing.T, req *http.Request) answer {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// intent is the answer to a new upload.
type intent struct {
	ID     string
	Upload struct {
		Method, URL string
		Headers     map[string]string
	}
}

// begin asks for an upload.
func (c caller) begin(name, contentType string, size int) intent {
	c.t.Helper()
	a := c.do("POST", "/api/v1/uploads", map[string]any{"name": name, "type": contentType, "size": size})
	var in intent
	if err := json.Unmarshal([]byte(a.body), &in); err != nil || a.status != http.StatusCreated {
		c.t.Fatalf("asking for an upload: %d %s", a.status, a.body)
	}
	return in
}

// put sends the file to the bucket by the signed request.
func (in intent) put(t *testing.T, content []byte) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(testContext(t), in.Upload.Method, in.Upload.URL, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range in.Upload.Headers {
		req.Header.Set(name, value)
	}
	return send(t, req)
}

// upload sends a whole file and returns its id.
func (c caller) upload(name, contentType string, content []byte) string {
	c.t.Helper()
	in := c.begin(name, contentType, len(content))
	if a := in.put(c.t, content); a.status != http.StatusOK {
		c.t.Fatalf("sending %s: %d %s", name, a.status, a.body)
	}
	if a := c.do("POST", "/api/v1/uploads/"+in.ID+"/complete", struct{}{}); a.status != http.StatusOK {
		c.t.Fatalf("completing %s: %d %s", name, a.status, a.body)
	}
	return in.ID
}

// fetch downloads a file by the signed request that the API gives out.
func (c caller) fetch(id string) []byte {
	c.t.Helper()
	a := c.do("GET", "/api/v1/uploads/"+id+"/download", nil)
	var signed struct{ URL string }
	if err := json.Unmarshal([]byte(a.body), &signed); err != nil || a.status != http.StatusOK {
		c.t.Fatalf("asking for a download: %d %s", a.status, a.body)
	}
	req, err := http.NewRequestWithContext(testContext(c.t), "GET", signed.URL, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	got := send(c.t, req)
	if got.status != http.StatusOK {
		c.t.Fatalf("downloading: %d %s", got.status, got.body)
	}
	return []byte(got.body)
}

// try sends one request to a server that may vanish, and reports whether it was answered with this
// status.
func (c caller) try(method, url, body string, headers map[string]string, want int, out any) bool {
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return false
	}
	if headers == nil {
		headers = map[string]string{"Content-Type": "application/json", "X-TenantId": c.tenant, "Authorization": "Bearer " + c.token}
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return false
	}
	if resp.StatusCode != want {
		c.t.Errorf("%s %s: %d %s", method, req.URL.Path, resp.StatusCode, b)
		return false
	}
	return out == nil || json.Unmarshal(b, out) == nil
}

func TestAPIRoundTrip(t *testing.T) {
	acme := world.tenant("acme")
	editor := world.as(t, acme, "editor")
	content := []byte(strings.Repeat("All hands to the pumps.\n", 1000))
	id := editor.upload("log book.txt", "text/plain", content)
	if got := editor.fetch(id); !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back, not the %d that were sent", len(got), len(content))
	}
	if a := editor.do("GET", "/api/v1/uploads", nil); a.status != 200 || !strings.Contains(a.body, id) {
		t.Errorf("the list does not show the file: %d %s", a.status, a.body)
	}
	if a := editor.do("DELETE", "/api/v1/uploads/"+id, nil); a.status != http.StatusNoContent {
		t.Errorf("deleting: %d %s", a.status, a.body)
	}
	if a := editor.do("GET", "/api/v1/uploads/"+id, nil); a.status != http.StatusGone {
		t.Errorf("a file in the bin: %d %s", a.status, a.body)
	}
	if a := editor.do("POST", "/api/v1/binned-uploads/"+id+"/restore", struct{}{}); a.status != http.StatusOK {
		t.Errorf("restoring: %d %s", a.status, a.body)
	}
	if got := editor.fetch(id); !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back from the bin, not the %d that were sent", len(got), len(content))
	}
	for _, path := range []string{"/api/v1/uploads/", "/api/v1/binned-uploads/"} {
		if a := editor.do("DELETE", path+id, nil); a.status != http.StatusNoContent {
			t.Errorf("deleting at %s: %d %s", path, a.status, a.body)
		}
	}
	if a := editor.do("GET", "/api/v1/uploads/"+id, nil); a.status != http.StatusNotFound {
		t.Errorf("a deleted file is still there: %d %s", a.status, a.body)
	}

	admin := world.as(t, acme, "admin")
	var list struct {
		Users []struct{ ID, Email, Name, Role, Status string }
	}
	a := admin.do("GET", "/api/v1/users", nil)
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list.Users) != len(acme.Users) {
		t.Fatalf("people of acme: %d %s", a.status, a.body)
	}
	for _, u := range list.Users {
		if u.Email != acme.user("viewer").Email {
			continue
		}
		for _, role := range []string{"editor", "viewer"} {
			if a := admin.do("PATCH", "/api/v1/users/"+u.ID, map[string]string{"role": role}); a.status != 200 || !strings.Contains(a.body, fmt.Sprintf("%q:%q", "role", role)) {
				t.Errorf("making %s %s: %d %s", u.Email, role, a.status, a.body)
			}
		}
		viewer := world.as(t, acme, "viewer")
		a := viewer.do("PATCH", "/api/v1/users/"+u.ID, map[string]string{"role": "admin"})
		if p := a.problem(t); a.status != http.StatusForbidden {
			t.Errorf("a viewer made itself admin: %d %v", a.status, p)
		}
	}
}
