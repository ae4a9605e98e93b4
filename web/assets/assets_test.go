package assets_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/assets"
)

func ask(method, address, encoding string) *http.Response {
	r := httptest.NewRequest(method, address, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	w := httptest.NewRecorder()
	assets.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandler(t *testing.T) {
	sheet := assets.URL("app.css")
	old := assets.Prefix + "000000000000/app.css"
	const forever = "public, max-age=31536000, immutable"

	for name, c := range map[string]struct {
		method, address          string
		status                   int
		contentType, keep, allow string
	}{
		"style sheet":       {"GET", sheet, 200, "text/css; charset=utf-8", forever, ""},
		"script":            {"GET", assets.URL("app.js"), 200, "text/javascript; charset=utf-8", forever, ""},
		"font":              {"GET", assets.URL("figtree.woff2"), 200, "font/woff2", forever, ""},
		"drawing":           {"GET", assets.URL("logo.svg"), 200, "image/svg+xml", forever, ""},
		"head":              {"HEAD", sheet, 200, "text/css; charset=utf-8", forever, ""},
		"another version":   {"GET", old, 200, "text/css; charset=utf-8", "no-store", ""},
		"post":              {"POST", sheet, 405, "text/plain; charset=utf-8", "", "GET, HEAD"},
		"unknown":           {"GET", sheet + "x", 404, "text/plain; charset=utf-8", "", ""},
		"prefix":            {"GET", assets.Prefix, 404, "text/plain; charset=utf-8", "", ""},
		"version alone":     {"GET", strings.TrimSuffix(sheet, "app.css"), 404, "text/plain; charset=utf-8", "", ""},
		"without version":   {"GET", assets.Prefix + "app.css", 404, "text/plain; charset=utf-8", "", ""},
		"outside of dist":   {"GET", assets.Prefix + "x/../assets.go", 404, "text/plain; charset=utf-8", "", ""},
		"encoded traversal": {"GET", assets.Prefix + "x/%2e%2e%2fassets.go", 404, "text/plain; charset=utf-8", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ask(c.method, c.address, "")
			if answer.StatusCode != c.status {
				t.Errorf("status %d, want %d", answer.StatusCode, c.status)
			}
			for header, want := range map[string]string{"Content-Type": c.contentType, "Cache-Control": c.keep, "Allow": c.allow} {
				if got := answer.Header.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			if answer.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("no nosniff")
			}
			content, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if empty := len(content) == 0; empty != (c.method == "HEAD") {
				t.Errorf("%d bytes in answer to %s", len(content), c.method)
			}
		})
	}
}

// The compressed form is given to those who take it, and is the same text.
func TestCompression(t *testing.T) {
	plain, err := io.ReadAll(ask("GET", assets.URL("app.css"), "").Body)
	if err != nil {
		t.Fatal(err)
	}
	for encoding, want := range map[string]bool{
		"": false, "gzip": true, "br, GZIP": true, "gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=0.5": true, "br": false,
		"identity": false, "gzipped": false, "gzip;q=x": false,
	} {
		answer := ask("GET", assets.URL("app.css"), encoding)
		if got := answer.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: gzip is %t, want %t", encoding, got, want)
			continue
		}
		if answer.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary is %q", encoding, answer.Header.Get("Vary"))
		}
		var body io.Reader = answer.Body
		if want {
			if body, err = gzip.NewReader(answer.Body); err != nil {
				t.Fatal(err)
			}
		}
		if content, err := io.ReadAll(body); err != nil || !bytes.Equal(content, plain) {
			t.Errorf("%q: other content, error %v", encoding, err)
		}
	}
}

func TestUnknownNamePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("URL of an unknown name returned")
		}
	}()
	assets.URL("app.cs")
}

// What dist holds of our own sources is what the sources say. The style sheet is compiled, so its
// check is weaker: each class that the sources style is in it.
func TestDistIsBuilt(t *testing.T) {
	for _, pattern := range []string{"src/*.js", "src/logo.svg"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			if !bytes.Equal(read(t, path), read(t, "dist/"+filepath.Base(path))) {
				t.Errorf("dist/%s is not %s; run make assets", filepath.Base(path), path)
			}
		}
	}
	if got := string(read(t, "dist/icons.svg")); got != icons(t) {
		t.Error("dist/icons.svg is not src/icons.svg with the features' symbols; run make assets")
	}
	sheet := string(read(t, "dist/app.css")) + string(read(t, "dist/entrance.css"))
	paths := glob(t, "src/*.css", "../*/*.css", "../view/*/*.css")
	comment := regexp.MustCompile(`(?s)/\*.*?\*/|"[^"]*"|@apply [^;]*;`)
	class := regexp.MustCompile(`\.[a-z][a-z0-9-]*`)
	for _, path := range paths {
		for _, name := range class.FindAllString(comment.ReplaceAllString(string(read(t, path)), ""), -1) {
			if !strings.Contains(sheet, name) {
				t.Errorf("no style sheet of dist has %s of %s; run make assets", name, path)
			}
		}
	}
}

// icons is what dist/icons.svg must be: the kit's symbols, then those of each feature.
func icons(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	kit, _ := strings.CutSuffix(string(read(t, "src/icons.svg")), "</svg>\n")
	all.WriteString(kit)
	for _, path := range glob(t, "../*/icons.svg") {
		for line := range strings.Lines(string(read(t, path))) {
			if strings.HasPrefix(line, "<symbol") {
				all.WriteString(line)
			}
		}
	}
	return all.String() + "</svg>\n"
}

// glob returns the files of the patterns, each of which has some.
func glob(t *testing.T, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(paths), err)
		}
		all = append(all, paths...)
	}
	return all
}

// Nothing in dist fetches from another host, and every file that a style sheet or a script names is
// there.
func TestDistStandsAlone(t *testing.T) {
	paths, err := filepath.Glob("dist/*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files, error %v", len(paths), err)
	}
	host := regexp.MustCompile(`(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s"')]*`)
	named := regexp.MustCompile(`url\("?([^"')]+)"?\)|from "\./([^"]+)"`)
	for _, path := range paths {
		content := string(read(t, path))
		switch filepath.Ext(path) {
		case ".css", ".js", ".svg":
		default:
			continue
		}
		for _, address := range host.FindAllString(content, -1) {
			if !harmless[address] {
				t.Errorf("%s names %s", path, address)
			}
		}
		if path == "dist/htmx.js" {
			continue
		}
		for _, match := range named.FindAllStringSubmatch(content, -1) {
			assets.URL(match[1] + match[2]) // panics if it does not exist
		}
	}
}

// harmless are names of vocabularies and of the style sheet's maker; no one asks these hosts
// anything.
var harmless = map[string]bool{
	"http://www.w3.org/2000/svg":         true,
	"http://www.w3.org/1999/xhtml":       true,
	"https://tailwindcss.com":            true,
	"http://www.w3.org/1998/Math/MathML": true,
}

// The lock file pins what is built in, and names no registry.
func TestLockNamesNoRegistry(t *testing.T) {
	lock := read(t, "../../package-lock.json")
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("package-lock.json records where packages came from; .npmrc should keep it from doing so")
	}
	if !bytes.Contains(lock, []byte(`"integrity"`)) {
		t.Error("package-lock.json pins nothing")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
