package console

import (
	"bufio"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// maxContent is the largest object that can be looked at, in bytes: each is searched for secrets
// first.
const maxContent = 64 << 20

// pictures are the types of images that run no code in a browser. SVG is not among them.
var pictures = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// sandbox is what a browser may do with an object that is opened: nothing.
const sandbox = "default-src 'none'; sandbox"

// serveContent sends an object for downloading, or for an image on a page of the console. Whatever
// type its uploader gave it, it is never opened in the console's origin: it goes out as an
// attachment, of the type of a picture if its bytes are one, else of none.
func (c *console) serveContent(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", sandbox)
	bucket, name, generation, ok := objectOf(r)
	if !ok {
		http.Error(w, "There is nothing here.", http.StatusNotFound)
		return
	}
	info, content, ok, err := c.Storage.Content(bucket, name, generation)
	if err == nil && !ok {
		http.Error(w, "There is nothing here. It may have been deleted.", http.StatusNotFound)
		return
	}
	var may bool
	if err == nil {
		defer content.Close()
		may, err = presentable(content, info.Size)
	}
	switch {
	case err != nil:
		c.Logger.ErrorContext(r.Context(), "local cloud: console", "page", "/content", "err", err)
		http.Error(w, "The console could not read this object; the log says why.", http.StatusInternalServerError)
		return
	case !may:
		http.Error(w, "The console does not send this object.", http.StatusForbidden)
		return
	}
	beginning, err := head(content)
	if err != nil {
		c.Logger.ErrorContext(r.Context(), "local cloud: console", "page", "/content", "err", err)
		http.Error(w, "The console could not read this object; the log says why.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if kind := http.DetectContentType(beginning); pictures[kind] {
		h.Set("Content-Type", kind)
	}
	h.Set("Content-Disposition", attachment(name))
	h.Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", info.Updated, content)
}

// objectOf is the object that a request names, and its generation, 0 for the live one.
func objectOf(r *http.Request) (bucket, name string, generation int64, ok bool) {
	q := r.URL.Query()
	if g := q.Get("generation"); g != "" {
		var err error
		if generation, err = strconv.ParseInt(g, 10, 64); err != nil {
			return "", "", 0, false
		}
	}
	return q.Get("bucket"), q.Get("name"), generation, true
}

// attachment names what is downloaded after the last part of the object's name.
func attachment(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	if text := mime.FormatMediaType("attachment", map[string]string{"filename": base}); base != "" && text != "" {
		return text
	}
	return "attachment"
}

// presentable reports whether a content is small enough to be looked at and holds no secret. It
// leaves the file at its beginning.
func presentable(content *os.File, size int64) (bool, error) {
	if size > maxContent {
		return false, nil
	}
	found := secrets.MatchReader(bufio.NewReader(content))
	_, err := content.Seek(0, io.SeekStart)
	return !found, err
}

// head is the first bytes of a content, which it leaves at its beginning.
func head(content *os.File) ([]byte, error) {
	b := make([]byte, 512)
	n, err := io.ReadFull(content, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	_, err = content.Seek(0, io.SeekStart)
	return b[:n], err
}
