package view_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/assets"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// get asks the assets' handler, as a browser that takes gzip would.
func get(address string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	w := httptest.NewRecorder()
	assets.Handler().ServeHTTP(w, r)
	return w.Result()
}

// Every address that a page refers to is of this site; if it is a file, it exists, and so does the symbol in it.
func TestReferences(t *testing.T) {
	for _, s := range samples("plain") {
		for _, tag := range tags(render(t, s.component)) {
			for _, name := range []string{"src", "href", "action", "hx-get", "hx-post", "data-url"} {
				address, ok := attribute(tag, name)
				if !ok {
					continue
				}
				if strings.HasPrefix(reach(address), "ELSEWHERE") {
					t.Errorf("%s: <%s> refers to %s", s.name, tag.Data, address)
				}
				path, symbol, _ := strings.Cut(address, "#")
				if !strings.HasPrefix(path, assets.Prefix) {
					continue
				}
				answer := get(path)
				if answer.StatusCode != http.StatusOK || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
					t.Errorf("%s: %s answers %s, %q", s.name, path, answer.Status, answer.Header.Get("Cache-Control"))
				}
				if symbol != "" && !strings.Contains(body(t, answer), `<symbol id="`+symbol+`"`) {
					t.Errorf("%s: no symbol %s", s.name, symbol)
				}
			}
		}
	}
}

// Every class of a page is one of the style sheet's, so that a style sheet built before its pages is noticed.
func TestClasses(t *testing.T) {
	sheet := body(t, get(assets.URL("app.css")))
	known := map[string]bool{}
	for _, match := range regexp.MustCompile(`\.((?:\\.|[\w-])+)`).FindAllStringSubmatch(sheet, -1) {
		known[strings.ReplaceAll(match[1], `\`, "")] = true
	}
	for _, s := range samples("plain") {
		for _, tag := range tags(render(t, s.component)) {
			classes, _ := attribute(tag, "class")
			for class := range strings.FieldsSeq(classes) {
				if !known[class] {
					t.Errorf("%s: <%s> has the class %s, which app.css does not know; run make assets", s.name, tag.Data, class)
				}
			}
		}
	}
}

// The first view of the busiest page, with everything that it loads, weighs at most 60 KB on the wire.
func TestFirstView(t *testing.T) {
	const most = 60_000
	var page string
	for _, s := range samples("plain") {
		if s.name == "files" {
			page = render(t, s.component)
		}
	}
	loads := map[string]bool{assets.URL("icons.svg"): true}
	for _, tag := range tags(page) {
		for _, name := range []string{"src", "href"} {
			if address, _ := attribute(tag, name); strings.HasPrefix(address, assets.Prefix) && !strings.Contains(address, "#") {
				loads[address] = true
			}
		}
	}
	total := compressed(t, page)
	for address := range loads {
		length, err := strconv.Atoi(get(address).Header.Get("Content-Length"))
		if err != nil {
			t.Fatal(err)
		}
		total += length
	}
	t.Logf("%d bytes in %d files and the page", total, len(loads))
	if total > most {
		t.Errorf("first view is %d bytes, want at most %d", total, most)
	}
}

// BenchmarkFileList renders a list of 50 rows.
func BenchmarkFileList(b *testing.B) {
	files := view.Files{CanUpload: true, MaxBytes: 32_000_000, Next: "next"}
	for i := range 50 {
		files.Files = append(files.Files, view.File{
			ID: "f" + strconv.Itoa(i), Name: "Quarterly report.pdf", Type: "application/pdf", Size: 4_200_000, By: "Ada Lovelace", At: noon, Status: "stored",
		})
	}
	shell := view.Shell{Workspace: view.Workspace{Slug: "acme", Name: "Acme", Region: "EU", Isolation: "silo"}}
	list := view.FileList(shell, files)
	for b.Loop() {
		if err := list.Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func compressed(t *testing.T, text string) int {
	t.Helper()
	var out strings.Builder
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
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
