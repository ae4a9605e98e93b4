package console_test

import (
	"bytes"
	"image"
	"image/png"
	"mime"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
)

func TestHostileObjects(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name string
		way  []string // the links from the bucket
	}{
		{"plain", []string{"plain"}},
		{"a/b/c", []string{"▸ a/", "▸ b/", "c"}},
		{"a//b", []string{"▸ a/", "▸ /", "b"}},
		{"/root", []string{"▸ /", "root"}},
		{"x/../../etc/passwd", []string{"▸ x/", "▸ ../", "▸ ../", "▸ etc/", "passwd"}},
		{`<img src=x onerror=alert(1)>/"'&amp;?#%2F`, []string{"▸ <img src=x onerror=alert(1)>/", `"'&amp;?#%2F`}},
		{"ünï/日本", []string{"▸ ünï/", "日本"}},
		{"bell\x07/gpj.\u202eexe", []string{"▸ bell‹U+0007›/", "gpj.‹U+202E›exe"}},
		{"folder/", []string{"▸ folder/", "(this folder itself)"}},
		{"long/" + strings.Repeat("n", 1019), []string{"▸ long/", strings.Repeat("n", 100) + "…"}},
	} {
		t.Run(c.name[:min(len(c.name), 20)], func(t *testing.T) {
			w := w.in(t)
			w.put(c.name, "text/plain", []byte("content of it"))
			here := w.page(w.page("/buckets").follow(bucket))
			for _, step := range c.way {
				here = w.page(here.follow(step))
			}
			here.has("content of it", "13 bytes", "text/plain", "Generation")
			if got := here.copies(); len(got) == 0 || got[0] != c.name {
				t.Errorf("its name cannot be copied: %q", got)
			}
			if len(here.all("img")) != 0 || len(here.all("script")) != 1 {
				t.Error("a name became markup")
			}
			_, body := w.get(here.follow("Download"), http.StatusOK)
			if body != "content of it" {
				t.Errorf("downloaded %q", body)
			}
			must(t, w.objects.Object(c.name).Delete(t.Context()))
		})
	}
}

func TestBucketPage(t *testing.T) {
	w := newWorld(t)
	w.page("/buckets").has(bucket, "tenant : acme")
	p := w.page(at("/bucket", "name", bucket))
	p.has("There is no object here", "tenant : acme", "http://app.example", "PUT", "replaced and deleted objects are kept", "projectViewer:")
	for i := range 130 {
		w.put("many/"+string(rune('a'+i/26))+string(rune('a'+i%26)), "", nil)
	}
	folder := w.page(w.page(at("/bucket", "name", bucket)).follow("▸ many/"))
	second := w.page(folder.follow("Next page"))
	if n, m := len(folder.all("tr"))-1, len(second.all("tr"))-1; n+m != 130 {
		t.Errorf("%d and %d objects on two pages, want 130", n, m)
	}
	w.page(second.follow("First page")).has("aa")
	for _, path := range []string{
		at("/bucket", "name", "nowhere"), at("/bucket", "name", bucket, "page", "nonsense"), at("/object", "bucket", bucket, "name", "nothing"),
		at("/object", "bucket", bucket, "name", "many/aa", "generation", "1"), at("/object", "bucket", bucket, "name", "many/aa", "generation", "x"),
		at("/content", "bucket", bucket, "name", "nothing"), at("/content", "bucket", bucket, "name", "many/aa", "generation", "x"),
		"/object", "/bucket", "/content",
	} {
		w.get(path, http.StatusNotFound)
	}
}

func TestGenerations(t *testing.T) {
	w := newWorld(t)
	w.put("note", "text/plain", []byte("first"))
	w.put("note", "text/plain", []byte("second"))
	w.put("note2", "text/plain", []byte("another object"))
	p := w.page(at("/object", "bucket", bucket, "name", "note"))
	p.has("second", "this one", "live", "until")
	p.lacks("another")
	rows := p.all("tr")
	if len(rows) != 3 || !strings.Contains(text(rows[1]), "live") {
		t.Fatalf("%d rows, want a head and two generations, the newest first:\n%s", len(rows), p.main())
	}
	old := w.page(attribute(page{t, p.path, rows[2]}.all("a")[0], "href"))
	old.has("first", "not live since")
}

// Whatever an uploader says that an object is, a browser must not run it in the console's origin.
func TestContentIsNeverActive(t *testing.T) {
	w := newWorld(t)
	var picture bytes.Buffer
	must(t, png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 2, 2))))
	for name, c := range map[string]struct {
		kind    string
		content []byte
		want    string // type that is sent
	}{
		"page.html":    {"text/html", []byte("<!doctype html><script>alert(document.domain)</script>"), "application/octet-stream"},
		"vector.svg":   {"image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "application/octet-stream"},
		"script.js":    {"text/javascript", []byte("alert(1)"), "application/octet-stream"},
		"paper.pdf":    {"application/pdf", []byte("%PDF-1.7"), "application/octet-stream"},
		"feed.xml":     {"application/xml", []byte("<?xml version='1.0'?><a/>"), "application/octet-stream"},
		"liar.png":     {"image/png", []byte("<script>alert(1)</script>"), "application/octet-stream"},
		"picture.png":  {"text/html", picture.Bytes(), "image/png"},
		"a\"b;\n.html": {"text/html", []byte("x"), "application/octet-stream"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(name, "\n") {
				name = strings.ReplaceAll(name, "\n", "\t") // Cloud Storage has no line breaks in names
			}
			w := w.in(t)
			o := w.objects.Object(name).NewWriter(t.Context())
			o.ContentType, o.ContentDisposition, o.ContentEncoding = c.kind, "inline", ""
			try(o.Write(c.content))(t)
			must(t, o.Close())
			h, body := w.get(at("/content", "bucket", bucket, "name", name), http.StatusOK)
			if body != string(c.content) {
				t.Errorf("sent %q", body)
			}
			disposition, parameters, err := mime.ParseMediaType(h.Get("Content-Disposition"))
			if err != nil || disposition != "attachment" || parameters["filename"] != name {
				t.Errorf("disposition %q", h.Get("Content-Disposition"))
			}
			for header, want := range map[string]string{
				"Content-Type": c.want, "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'; sandbox",
			} {
				if got := h.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
			p := w.page(at("/object", "bucket", bucket, "name", name))
			if len(p.all("iframe"))+len(p.all("object"))+len(p.all("embed"))+len(p.all("svg")) != 0 || len(p.all("script")) != 1 {
				t.Error("the preview is active")
			}
			if images := p.all("img"); (len(images) == 1) != (c.want == "image/png") {
				t.Errorf("%d images on its page", len(images))
			}
		})
	}
}

func TestObjectsThatAreNotShown(t *testing.T) {
	w := newWorld(t)
	w.put("empty", "text/plain", nil)
	w.put("binary", "", []byte{0xff, 0xfe, 0})
	w.put("large.txt", "text/plain", bytes.Repeat([]byte("line\n"), 20_000))
	for name, note := range map[string]string{
		"empty": "It is empty", "binary": "neither text nor a picture", "large.txt": "too large for a preview",
	} {
		w.page(at("/object", "bucket", bucket, "name", name)).has(note)
	}
	try(w.objects.Object("binary").Update(t.Context(), storage.ObjectAttrsToUpdate{Metadata: map[string]string{"<b>": "<i>"}}))(t)
	p := w.page(at("/object", "bucket", bucket, "name", "binary"))
	p.has("<b> : <i>")
}
