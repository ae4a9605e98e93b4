package storage

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"strconv"

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
	if err := checkConditional(c.r.Header, entityTag(o), o.Updated); err != nil {
		h.Set("ETag", entityTag(o))
		return err
	}
	part := byteRange{0, o.Size}
	partial := false
	// A range is defined of GET alone, and of a content that is sent as it is stored.
	if c.r.Method == http.MethodGet && !transcodes(c.r, o) && rangeApplies(c.r.Header, entityTag(o), o.Updated) {
		if part, partial, err = resolveRange(c.r.Header.Get("Range"), o.Size); err != nil {
			h.Set("Content-Range", "bytes */"+strconv.FormatInt(o.Size, 10))
			return err
		}
	}
	describe(h, o)
	if err := overrideHeaders(c, h); err != nil {
		return err
	}
	if transcodes(c.r, o) {
		return sendDecompressed(c, f)
	}
	return sendPart(c, f, part, partial, o.Size)
}

// overrideHeaders sets what the query of a signed URL wants sent instead of what the object says.
func overrideHeaders(c *call, h http.Header) error {
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
	return nil
}

// sendPart sends a part of the content, which may be the whole.
func sendPart(c *call, f *os.File, part byteRange, partial bool, size int64) error {
	if _, err := f.Seek(part.first, io.SeekStart); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Length", strconv.FormatInt(part.length, 10))
	if partial {
		h.Set("Content-Range", part.contentRangeOf(size))
		c.w.WriteHeader(http.StatusPartialContent)
	}
	if c.r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.CopyN(c.w, f, part.length); err != nil {
		panic(http.ErrAbortHandler) // the status is out: only breaking off can tell the client
	}
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
	h.Set("Last-Modified", o.Updated.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", defaultType)
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
	h.Set("ETag", entityTag(o))
	if o.MD5 != nil {
		h.Add("X-Goog-Hash", "md5="+base64.StdEncoding.EncodeToString(o.MD5))
	}
}

// entityTag is the ETag header of an object's content.
func entityTag(o store.Object) string {
	if o.MD5 == nil {
		return `"-` + etag(o.Generation, o.Metageneration) + `"`
	}
	return `"` + hex.EncodeToString(o.MD5) + `"`
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
