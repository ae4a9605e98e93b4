package viewtest

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
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

// Every class of a page is one of the style sheets' that it loads. So a style sheet that was built
// before its pages is noticed, and one that the page does not have. A part of a page loads none:
// any sheet will do.
func classes(t *testing.T, samples Samples) {
	every := []string{assets.URL("app.css"), assets.URL("entrance.css")}
	known := map[string]map[string]bool{} // by sheet
	for _, sheet := range every {
		known[sheet] = map[string]bool{}
		for _, match := range regexp.MustCompile(`\.((?:\\.|[\w-])+)`).FindAllStringSubmatch(body(t, Get(sheet)), -1) {
			known[sheet][strings.ReplaceAll(match[1], `\`, "")] = true
		}
	}
	for _, s := range samples("plain") {
		tags := Tags(Render(t, s.Component))
		var loaded []string
		for _, tag := range tags {
			if rel, _ := Attribute(tag, "rel"); rel == "stylesheet" {
				address, _ := Attribute(tag, "href")
				loaded = append(loaded, address)
			}
		}
		if len(loaded) == 0 {
			loaded = every
		}
		for _, tag := range tags {
			classes, _ := Attribute(tag, "class")
			for class := range strings.FieldsSeq(classes) {
				if !slices.ContainsFunc(loaded, func(sheet string) bool { return known[sheet][class] }) {
					t.Errorf("%s: <%s> has the class %s, which no style sheet of the page knows; run make assets", s.Name, tag.Data, class)
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
