package storage

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// getContent sends an object's content, or a range of it.
func (s *Service) getContent(c *call) error {
	generation, err := c.generation("generation")
	if err != nil {
		return err
	}
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	o, f, err := s.store.Content(c.bucket(), c.object(), generation)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := cond.forRead(o); err != nil {
		return err
	}
	h := c.w.Header()
	describe(h, o)
	for param, header := range map[string]string{
		"response-content-disposition": "Content-Disposition",
		"response-content-type":        "Content-Type",
	} {
		if v := c.param(param); v != "" {
			if !isHeaderText(v) {
				return invalid("Query parameter %s holds control characters.", param)
			}
			h.Set(header, v)
		}
	}
	if transcodes(c.r, o) {
		return sendDecompressed(c, f)
	}
	if strings.Contains(c.r.Header.Get("Range"), ",") {
		c.r.Header.Del("Range") // as Google does, which serves one range or the whole
	}
	http.ServeContent(c.w, c.r, "", o.Updated, f)
	return nil
}

// describe sets the headers that tell of an object.
func describe(h http.Header, o store.Object) {
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	identify(h, o)
	h.Set("Content-Type", "application/octet-stream")
	set("Content-Type", o.Settings.ContentType)
	h.Set("Cache-Control", "private, max-age=0")
	set("Cache-Control", o.Settings.CacheControl)
	set("Content-Encoding", o.Settings.ContentEncoding)
	set("Content-Disposition", o.Settings.ContentDisposition)
	set("Content-Language", o.Settings.ContentLanguage)
	h.Set("X-Goog-Storage-Class", o.Settings.StorageClass)
	for k, v := range o.Settings.Metadata {
		if isHeaderText(v) {
			h.Set(metaPrefix+k, v)
		}
	}
	if o.Components > 0 {
		h.Set("X-Goog-Component-Count", strconv.Itoa(o.Components))
	}
}

// identify sets the headers that tell one generation from another. They follow a write, too.
func identify(h http.Header, o store.Object) {
	h.Set("X-Goog-Generation", strconv.FormatInt(o.Generation, 10))
	h.Set("X-Goog-Metageneration", strconv.FormatInt(o.Metageneration, 10))
	h.Set("X-Goog-Stored-Content-Length", strconv.FormatInt(o.Size, 10))
	h.Set("X-Goog-Stored-Content-Encoding", "identity")
	if e := o.Settings.ContentEncoding; e != "" {
		h.Set("X-Goog-Stored-Content-Encoding", e)
	}
	h.Add("X-Goog-Hash", "crc32c="+crcText(o.CRC32C))
	if o.MD5 == nil {
		h.Set("ETag", `"-`+etag(o.Generation, o.Metageneration)+`"`)
		return
	}
	h.Add("X-Goog-Hash", "md5="+base64.StdEncoding.EncodeToString(o.MD5))
	h.Set("ETag", `"`+hex.EncodeToString(o.MD5)+`"`)
}

// transcodes reports whether a content stored compressed is to be sent decompressed: to a client that did not say it can
// do that itself.
func transcodes(r *http.Request, o store.Object) bool {
	return o.Settings.ContentEncoding == "gzip" && !strings.Contains(o.Settings.CacheControl, "no-transform") &&
		!strings.Contains(strings.Join(r.Header.Values("Accept-Encoding"), ","), "gzip")
}

// sendDecompressed sends the whole content whatever range was asked for, as Google does.
func sendDecompressed(c *call, f *os.File) error {
	z, err := gzip.NewReader(f)
	if err != nil {
		return invalid("The object says that it is gzip-encoded, and is not.")
	}
	h := c.w.Header()
	h.Del("Content-Encoding")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Warning", "214 UploadServer gunzipped")
	if c.r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(c.w, z); err != nil {
		panic(http.ErrAbortHandler) // the status is out: only breaking off can tell the client
	}
	return nil
}
