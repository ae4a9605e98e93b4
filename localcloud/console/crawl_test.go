package console_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"golang.org/x/net/html"
)

const (
	aToken = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhbm4iLCJhdWQiOiJ4In0.c2lnbmF0dXJlLW9mLWl0"
	aHash  = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaGhhc2hoYXNo"
)

// Whoever follows every link from the overview finds pages that work, load nothing from elsewhere,
// run no script but the console's own, and show no secret, wherever one was stored.
func TestEveryPage(t *testing.T) {
	w := newWorld(t)
	tenantKey := w.key(w.tenant)
	var file struct {
		PrivateKey string `json:"private_key"`
	}
	must(t, json.Unmarshal(tenantKey, &file))
	secrets := []string{file.PrivateKey, aToken, aHash, "ya29.c.secret-of-somebody"}
	for i, secret := range slices.Clone(secrets) {
		secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(secret))[:24]) // how bytes show
		id := string(rune('a' + i))
		try(w.documents.Doc("stolen/"+id).Set(t.Context(), map[string]any{
			"text": "before " + secret + " after", "bytes": []byte(secret), "nested": []any{map[string]any{"deep": secret}},
		}))(t)
		w.put("stolen/"+id, "text/plain", []byte("before "+secret+" after"))
	}
	w.put("stolen/key.json", "application/json", tenantKey)
	policy := try(w.objects.IAM().V3().Policy(t.Context()))(t)
	policy.Bindings = append(policy.Bindings, &iampb.Binding{Role: "roles/storage.objectViewer", Members: []string{"serviceAccount:" + w.tenant}})
	must(t, w.objects.IAM().V3().SetPolicy(t.Context(), policy))
	_, _ = w.firestore(w.key(w.stranger)).Doc("stolen/a").Get(t.Context())

	w.records("a.bulkhead.test", secrets[1:4]...)
	w.send("ann@acme.example", "Subject: "+aToken+"\r\nX-Token: "+aHash+"\r\n\r\nbefore "+file.PrivateKey)
	w.send("ann@acme.example", "Subject: plain\r\n\r\nbefore "+aToken+" after")

	shown := strings.Split(strings.TrimSpace(file.PrivateKey), "\n")[1] // its first line
	secrets = append(secrets, shown)
	kinds := map[string]int{}
	crawl(t, w, func(p page, body string) {
		kind, _, _ := strings.Cut(p.path, "?")
		kinds[kind]++
		checkFrame(t, p)
		for _, secret := range secrets {
			if strings.Contains(html.UnescapeString(body), secret) {
				t.Errorf("%s shows %.20q…", p.path, secret)
			}
		}
	})
	for _, kind := range []string{
		"/", "/decisions", "/why", "/try", "/accounts", "/account", "/policies", "/roles", "/databases", "/database", "/collection", "/document",
		"/buckets", "/bucket", "/object", "/topics", "/jobs", "/mail", "/letter", "/dns",
	} {
		if kinds[kind] == 0 {
			t.Errorf("no link leads to %s", kind)
		}
	}
	for _, name := range []string{"a", "b", "c", "d", "key.json"} {
		w.get(at("/content", "bucket", bucket, "name", "stolen/"+name), http.StatusForbidden)
		w.page(at("/object", "bucket", bucket, "name", "stolen/"+name)).has("It holds a key, a token or a password hash")
	}
	w.page(at("/document", "database", database, "path", "stolen/a")).has("text string hidden: it holds a key")
}

// crawl visits each page that links lead to from the overview, once. Lists of decisions and
// questions are visited for one account each: there are too many of them.
func crawl(t *testing.T, w *world, visit func(p page, body string)) {
	t.Helper()
	seen := map[string]bool{"/": true}
	often := map[string]int{}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		path, _, _ := strings.Cut(queue[0], "#")
		kind, _, _ := strings.Cut(path, "?")
		if often[kind]++; kind == "/content" || often[kind] > 40 {
			continue
		}
		h, body := w.get(path, http.StatusOK)
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: content security policy %q", path, csp)
		}
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers %v", path, h)
		}
		p := page{t, path, try(html.Parse(strings.NewReader(body)))(t)}
		visit(p, body)
		for _, a := range p.all("a") {
			if to := attribute(a, "href"); strings.HasPrefix(to, "/") && !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
}

// checkFrame checks what all pages have in common.
func checkFrame(t *testing.T, p page) {
	t.Helper()
	if len(p.all("h1")) != 1 || len(p.all("main")) != 1 || text(p.all("title")[0]) == "" || attribute(p.all("html")[0], "lang") != "en" {
		t.Errorf("%s has no frame", p.path)
	}
	if first := p.all("a")[0]; attribute(first, "href") != "#main" {
		t.Errorf("%s does not begin with a skip link", p.path)
	}
	current := 0
	for n := range p.root.Descendants() {
		if attribute(n, "aria-current") == "page" {
			current++
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
				t.Errorf("%s: <%s %s=%q>", p.path, n.Data, a.Key, a.Val)
			case (a.Key == "src" || a.Key == "href" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") && a.Val != "#main":
				t.Errorf("%s leads elsewhere: %s=%q", p.path, a.Key, a.Val)
			}
		}
	}
	if current != 1 {
		t.Errorf("%s stands at %d places of the menu", p.path, current)
	}
	for _, s := range p.all("script") {
		if s.FirstChild != nil || !strings.HasPrefix(attribute(s, "src"), "/assets/") {
			t.Errorf("%s has a script in it", p.path)
		}
	}
	if len(p.all("style")) != 0 {
		t.Errorf("%s has a style in it", p.path)
	}
	for _, input := range append(p.all("input"), p.all("select")...) {
		if label := input.Parent; attribute(input, "type") != "hidden" && label.Data != "label" {
			t.Errorf("%s: the field %s has no label", p.path, attribute(input, "name"))
		}
	}
}
