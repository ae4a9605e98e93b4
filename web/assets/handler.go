package assets

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// types is closed: a file of any other kind does not belong into dist.
var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

type file struct {
	contentType string
	plain       []byte
	gzipped     func() []byte // nil if compressing gains nothing
}

func newFile(name string, content []byte) *file {
	extension := path.Ext(name)
	contentType, ok := types[extension]
	if !ok {
		panic("assets: no content type for " + name)
	}
	f := &file{contentType: contentType, plain: content}
	if extension != ".woff2" {
		f.gzipped = sync.OnceValue(func() []byte { return compress(content) })
	}
	return f
}

// compress is paid once a file, by its first reader.
func compress(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("assets: compressing into memory: " + err.Error())
	}
	return out.Bytes()
}

// Handler serves GET and HEAD of the addresses that URL returns, and nothing else: no listing, no
// other path. An address of another version, as one meets while instances are being replaced, is
// answered with this version's file, but may not be kept.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	asked, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	f, ok := files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD work here.", http.StatusMethodNotAllowed)
		return
	}

	header.Set("Content-Type", f.contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	if asked == version {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.plain
	if f.gzipped != nil {
		header.Add("Vary", "Accept-Encoding")
		if AcceptsGzip(r.Header) {
			header.Set("Content-Encoding", "gzip")
			body = f.gzipped()
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}

// AcceptsGzip reports whether gzip is named and not refused by a quality of zero.
func AcceptsGzip(h http.Header) bool {
	for _, values := range h.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(values, ",") {
			name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			q, found := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(quality, " ", "")), "q=")
			if !found {
				return true
			}
			value, err := strconv.ParseFloat(q, 64)
			return err == nil && value > 0
		}
	}
	return false
}
