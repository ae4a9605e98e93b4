package attacks_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// exchange is a request and its answer. What the request itself says is nothing that the answer
// gives away.
type exchange struct {
	who    string // the slug of the tenant whose credential it was made with; empty: nobody's
	asked  string // everything that was sent
	status int
	header http.Header
	body   string
}

func (x exchange) String() string { return fmt.Sprintf("%d %s", x.status, x.body) }

// answered is all that the answer says.
func (x exchange) answered() string {
	var b strings.Builder
	for name, values := range x.header {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(values, "\n"))
	}
	return b.String() + x.body
}

// code is a problem's.
func (x exchange) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(x.body), &p) // a page has none
	return p.Code
}

// requestID is the answer's.
func (x exchange) requestID() string { return x.header.Get("X-Request-Id") }

// same is what two answers must have in common that are to tell nothing: all but the identifier of
// the request, the date, and the word of a form that is sent once.
func (x exchange) same() string {
	var headers []string
	for name, values := range x.header {
		if name != "X-Request-Id" && name != "Date" && !strings.HasPrefix(name, "Ratelimit-") {
			headers = append(headers, name+": "+strings.Join(values, "\n"))
		}
	}
	slices.Sort(headers)
	body := onceWord.ReplaceAllString(strings.ReplaceAll(x.body, x.requestID(), ""), "")
	return fmt.Sprintln(x.status, headers) + body
}

// onceWord matches what makes a form that makes a key different each time it is shown.
var onceWord = regexp.MustCompile(`(<input type="hidden" name="once" value=")[^"]*`)

// scroll keeps every exchange.
type scroll struct {
	mu  sync.Mutex
	all []exchange
}

func (s *scroll) add(x exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, x)
}

// since returns what was added after the first n.
func (s *scroll) since(n int) []exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[n:len(s.all):len(s.all)]
}

func (s *scroll) len() int { return len(s.since(0)) }

// caller is somebody with what they send.
type caller struct {
	t       testing.TB
	said    *scroll
	origin  string
	who     string // slug of the tenant that the credential is of
	tenant  string // X-TenantId
	token   string // bearer
	refresh string
	cookie  string // sealed session
}

// edit changes a request before it is sent.
type edit func(*http.Request)

func header(name, value string) edit { return func(r *http.Request) { r.Header.Set(name, value) } }

func cookie(name, value string) edit {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

// client holds enough connections for 64 callers at a time, and follows no redirect.
var client = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 128},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send sends a request and keeps what came of it.
func (c caller) send(method, target, body string, edits ...edit) exchange {
	req, err := http.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		c.t.Errorf("%s %q: %v", method, target, err)
		return exchange{header: http.Header{}}
	}
	for _, e := range edits {
		e(req)
	}
	resp, err := client.Do(req)
	if err != nil {
		c.t.Errorf("%s %s: %v", method, target, err)
		return exchange{header: http.Header{}}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Errorf("%s %s: %v", method, target, err)
	}
	x := exchange{c.who, method + " " + target + fmt.Sprint(req.Header) + body, resp.StatusCode, resp.Header, string(b)}
	c.said.add(x)
	return x
}

// api calls the API with the caller's token.
func (c caller) api(method, path, body string, edits ...edit) exchange {
	own := []edit{header("X-TenantId", c.tenant), header("Authorization", "Bearer "+c.token)}
	if body != "" {
		own = append(own, header("Content-Type", "application/json"))
	}
	return c.send(method, c.origin+"/api/v1"+path, body, append(own, edits...)...)
}

// page asks for a page, or submits a form, with the caller's session.
func (c caller) page(method, path, form string, edits ...edit) exchange {
	own := []edit{header("Sec-Fetch-Site", "same-origin"), cookie("__Host-bh-"+c.who, c.cookie)}
	if method == http.MethodPost && strings.HasPrefix(form, "{") { // what our own script sends
		own = append(own, header("Content-Type", "application/json"))
	} else if method == http.MethodPost {
		own = append(own, header("Content-Type", "application/x-www-form-urlencoded"))
	}
	return c.send(method, c.origin+path, form, append(own, edits...)...)
}

// as signs the person in, for the API and in a browser.
func (w *town) as(t *testing.T, p vendingtest.Person) caller {
	t.Helper()
	return w.server.as(t, w.said, p)
}

func (s *server) as(t *testing.T, said *scroll, p vendingtest.Person) caller {
	t.Helper()
	slug := p.Tenant.Slug.String()
	c := caller{t: t, said: said, origin: s.origin, who: slug, tenant: slug}
	x := c.api("POST", "/token", fmt.Sprintf(`{"email":%q,"password":%q}`, p.Email, p.Password), func(r *http.Request) { r.Header.Del("Authorization") })
	var tokens struct{ IDToken, RefreshToken string }
	if err := json.Unmarshal([]byte(x.body), &tokens); err != nil || x.status != http.StatusOK {
		t.Fatalf("signing %s in to %s: %v", p.Email, slug, x)
	}
	c.token, c.refresh = tokens.IDToken, tokens.RefreshToken
	x = c.send("POST", s.origin+"/t/"+slug+"/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}}.Encode(),
		header("Sec-Fetch-Site", "same-origin"), header("Content-Type", "application/x-www-form-urlencoded"))
	c.cookie = x.cookie(t, "__Host-bh-"+slug)
	return c
}

// cookie returns the value of a cookie that was set.
func (x exchange) cookie(t *testing.T, name string) string {
	t.Helper()
	for _, c := range (&http.Response{Header: x.header}).Cookies() {
		if c.Name == name && c.Value != "" {
			return c.Value
		}
	}
	t.Fatalf("no cookie %s: %v", name, x)
	return ""
}

// upload sends a whole file and returns its identifier.
func (c caller) upload(name, content string) string {
	c.t.Helper()
	x := c.api("POST", "/uploads", fmt.Sprintf(`{"name":%q,"type":"text/plain","size":%d}`, name, len(content)))
	var in struct {
		ID     string
		Upload struct {
			Method, URL string
			Headers     map[string]string
		}
	}
	if err := json.Unmarshal([]byte(x.body), &in); err != nil || x.status != http.StatusCreated {
		c.t.Fatalf("announcing %s: %v", name, x)
	}
	var signed []edit
	for k, v := range in.Upload.Headers {
		signed = append(signed, header(k, v))
	}
	if x := c.send(in.Upload.Method, in.Upload.URL, content, signed...); x.status != http.StatusOK {
		c.t.Fatalf("sending %s: %v", name, x)
	}
	if x := c.api("POST", "/uploads/"+in.ID+"/complete", "{}"); x.status != http.StatusOK {
		c.t.Fatalf("completing %s: %v", name, x)
	}
	return in.ID
}

// apiKey is a new key, as its maker is shown it.
type apiKey struct{ ID, Key string }

// makeKey makes a key for an editor's work.
func (c caller) makeKey(t *testing.T, name string) apiKey {
	t.Helper()
	x := c.api("POST", "/keys", fmt.Sprintf(`{"name":%q,"role":"editor","expiresInDays":30}`, name))
	if x.status != http.StatusCreated {
		t.Fatalf("making a key: %v", x)
	}
	return read[apiKey](t, x.body)
}

// download returns a file's content, by the signed request that the API gives out.
func (c caller) download(id string) string {
	c.t.Helper()
	x := c.api("GET", "/uploads/"+id+"/download", "")
	var signed struct{ URL string }
	if err := json.Unmarshal([]byte(x.body), &signed); err != nil || x.status != http.StatusOK {
		c.t.Errorf("asking for %s: %v", id, x)
		return ""
	}
	return c.send("GET", signed.URL, "").body
}

// crowd runs do for each i below n, 64 at a time.
func crowd(n int, do func(i int)) { crowdOf(64, n, do) }

// crowdOf runs do for each i below n, so many at a time.
func crowdOf(together, n int, do func(i int)) {
	var all sync.WaitGroup
	next := make(chan int)
	for range min(together, n) {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}
