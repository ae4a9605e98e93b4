package console_test

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"golang.org/x/net/html"
	"google.golang.org/genproto/googleapis/type/latlng"
)

// Each id is that of a collection, of a document in it, and of a collection below that, reached by
// links alone.
func TestHostileIDs(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ id, shown string }{
		{id: "plain"},
		{id: `"quotes' &amp; <b>tags`},
		{id: "<script>alert(1)"},
		{id: "<img src=x onerror=alert(1)>"},
		{id: "%2F%2e%2e%2f"},
		{id: "..dots."},
		{id: "a?b=c&d#e+f g"},
		{id: "ünï日本😀"},
		{id: "back\\slash"},
		{id: "javascript:alert(1)"},
		{id: "{{.Project}}"},
		{id: "line\nbreak", shown: "line‹U+000A›break"},
		{id: "null\x00byte", shown: "null‹U+0000›byte"},
		{id: "gpj.\u202eexe", shown: "gpj.‹U+202E›exe"},
		{id: strings.Repeat("ü", 750), shown: strings.Repeat("ü", 100) + "…"},
	} {
		shown := c.shown
		if shown == "" {
			shown = c.id
		}
		name := strings.ToValidUTF8(c.id[:min(len(c.id), 20)], "")
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			path := c.id + "/" + c.id + "/" + c.id + "/" + c.id
			try(w.documents.Doc(path).Set(t.Context(), map[string]any{"id": c.id, c.id: w.documents.Doc(path)}))(t)
			here := w.page(w.page("/databases").follow(database))
			for range 4 {
				here = w.page(here.follow(shown))
				if h1 := text(here.all("h1")[0]); h1 != shown {
					t.Fatalf("%s is called %q, want %q", here.path, h1, shown)
				}
			}
			offered := strings.ReplaceAll(path, "\x00", "\ufffd") // HTML has no way to say NUL
			if !slices.Contains(here.copies(), offered) || !slices.Contains(here.copies(), project+"/databases/"+database+"/documents/"+offered) {
				t.Errorf("its path cannot be copied: %q", here.copies())
			}
			// The way back, and a reference to itself.
			steps := page{t, here.path, here.all("nav")[1]}.all("a")
			for _, a := range steps[len(steps)-3:] {
				if up := w.page(attribute(a, "href")); text(up.all("h1")[0]) != shown {
					t.Errorf("a step of the way back leads to %s", up.path)
				}
			}
			self := slices.ContainsFunc(here.all("a"), func(a *html.Node) bool {
				return attribute(a, "class") == "value" && attribute(a, "href") == here.path
			})
			if !self {
				t.Error("the reference does not lead to its document")
			}
			if len(here.all("b"))+len(here.all("img")) != 0 || len(here.all("script")) != 1 {
				t.Error("an id became markup")
			}
		})
	}
}

func TestValues(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("All of it. ", 100)
	doc := w.documents.Doc("values/all")
	try(doc.Set(t.Context(), map[string]any{
		"null": nil, "boolean": true, "integer": math.MinInt64, "double": 0.1, "nan": math.NaN(), "infinite": math.Inf(-1),
		"time": time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC), "text": "<i>text</i>", "bytes": []byte{0, 255},
		"reference": w.documents.Doc("users/ann"), "place": &latlng.LatLng{Latitude: 53.55, Longitude: -9.99},
		"vector": firestore.Vector64{1, 2.5}, "array": []any{"a", []byte{}, map[string]any{"deep": 7}},
		"map": map[string]any{"inner": map[string]any{"leaf": "here"}}, "no elements": []any{}, "no fields": map[string]any{},
		"long": long,
	}))(t)
	p := w.page(at("/document", "database", database, "path", "values/all"))
	p.has("null null null", "boolean boolean true", "integer integer -9223372036854775808", "double double 0.1", "nan double NaN",
		"infinite double -Inf", "time timestamp 2026-01-02T03:04:05.678901Z", "text string <i>text</i>", "bytes bytes, 2 AP8=",
		"reference reference "+project+"/databases/"+database+"/documents/users/ann", "place geo point 53.55, -9.99",
		"vector vector, 2 0 double 1 1 double 2.5", "array array, 3 0 string a 1 bytes, 0 2 map, 1 deep integer 7",
		"map map, 1 inner map, 1 leaf string here", "no elements array empty", "no fields map empty",
		"Made", "Updated")
	if got := p.all("pre"); len(got) != 1 || !strings.Contains(text(got[0]), strings.TrimSpace(long)) {
		t.Errorf("the long text cannot be seen whole")
	}
	w.page(at("/collection", "database", database, "path", "values")).has("all", "array [3 elements]", "and 13 more")
}

func TestMissingDocuments(t *testing.T) {
	w := newWorld(t)
	try(w.documents.Doc("users/gone/notes/1").Set(t.Context(), map[string]any{}))(t)
	list := w.page(at("/collection", "database", database, "path", "users"))
	list.has("No such document, but there are collections below it")
	gone := w.page(list.follow("gone"))
	gone.has("There is no document here")
	gone.lacks("Updated")
	w.page(w.page(gone.follow("notes")).follow("1")).has("It has no fields")
	for _, path := range []string{"", "users", "users/nobody", "users/gone/notes", "/", "a//b", "__x__/y", "../.."} {
		w.get(at("/document", "database", database, "path", path), http.StatusNotFound)
	}
	for _, path := range []string{"", "a/b", "/", "__x__", ".."} {
		w.get(at("/collection", "database", database, "path", path), http.StatusNotFound)
	}
	w.get(at("/document", "database", "nowhere", "path", "users/ann"), http.StatusNotFound)
	w.get(at("/database", "id", "nowhere"), http.StatusNotFound)
	w.get(at("/collection", "database", database, "path", "users", "page", "nonsense"), http.StatusNotFound)
}

func TestDocumentsComeInPages(t *testing.T) {
	w := newWorld(t)
	bulk := w.documents.BulkWriter(t.Context())
	for i := range 120 {
		try(bulk.Set(w.documents.Collection("many").Doc(string(rune('a'+i/26))+string(rune('a'+i%26))), map[string]any{"n": i}))(t)
	}
	bulk.End()
	seen := 0
	here := w.page(at("/collection", "database", database, "path", "many"))
	for {
		seen += len(here.all("tr")) - 1
		if !strings.Contains(here.main(), "Next page") {
			break
		}
		here = w.page(here.follow("Next page"))
	}
	if seen != 120 {
		t.Errorf("%d documents on all pages, want 120", seen)
	}
	w.page(here.follow("First page")).has("aa")
}
