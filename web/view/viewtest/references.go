package viewtest

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/assets"
)

// Get asks the assets' handler, as a browser that takes gzip would.
func Get(address string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	w := httptest.NewRecorder()
	assets.Handler().ServeHTTP(w, r)
	return w.Result()
}

// Every address that a page refers to is of this site, but for links that say otherwise; if it is a
// file, it exists, and so does the symbol in it.
func references(t *testing.T, samples Samples) {
	for _, s := range samples("plain") {
		for _, tag := range Tags(Render(t, s.Component)) {
			for _, name := range []string{"src", "href", "action", "hx-get", "hx-post", "data-url"} {
				address, ok := Attribute(tag, name)
				if !ok {
					continue
				}
				rel, _ := Attribute(tag, "rel")
				said := tag.Data == "a" && rel == "external" // a link that says so, to a tenant's own provider
				if strings.HasPrefix(reach(address), "ELSEWHERE") && !said {
					t.Errorf("%s: <%s> refers to %s", s.Name, tag.Data, address)
				}
				path, symbol, _ := strings.Cut(address, "#")
				if !strings.HasPrefix(path, assets.Prefix) {
					continue
				}
				answer := Get(path)
				if answer.StatusCode != http.StatusOK || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
					t.Errorf("%s: %s answers %s, %q", s.Name, path, answer.Status, answer.Header.Get("Cache-Control"))
				}
				if symbol != "" && !strings.Contains(body(t, answer), `<symbol id="`+symbol+`"`) {
					t.Errorf("%s: no symbol %s", s.Name, symbol)
				}
			}
		}
	}
}

// Every class of a page is one of the style sheets', so that a style sheet built before its pages
// is noticed.
func classes(t *testing.T, samples Samples) {
	sheet := body(t, Get(assets.URL("app.css"))) + body(t, Get(assets.URL("entrance.css")))
	known := map[string]bool{}
	for _, match := range regexp.MustCompile(`\.((?:\\.|[\w-])+)`).FindAllStringSubmatch(sheet, -1) {
		known[strings.ReplaceAll(match[1], `\`, "")] = true
	}
	for _, s := range samples("plain") {
		for _, tag := range Tags(Render(t, s.Component)) {
			classes, _ := Attribute(tag, "class")
			for class := range strings.FieldsSeq(classes) {
				if !known[class] {
					t.Errorf("%s: <%s> has the class %s, which no style sheet knows; run make assets", s.Name, tag.Data, class)
				}
			}
		}
	}
}

func body(t *testing.T, answer *http.Response) string {
	t.Helper()
	r, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
