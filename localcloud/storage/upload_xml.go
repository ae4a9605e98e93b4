package storage

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// objectFromHeaders reads the XML API's description of an upload.
func (s *Service) objectFromHeaders(c *call) (in insertion, err error) {
	if err := checkObjectName(c.object()); err != nil {
		return in, err
	}
	if in.cond, err = c.conditions("if"); err != nil {
		return in, err
	}
	if in.expect, err = expectHeaders(c.r.Header); err != nil {
		return in, err
	}
	h := c.r.Header
	in.object = store.Object{Bucket: c.bucket(), Name: c.object(), Settings: store.ObjectSettings{
		ContentType:        cmp.Or(h.Get("Content-Type"), defaultType),
		ContentEncoding:    h.Get("Content-Encoding"),
		ContentDisposition: h.Get("Content-Disposition"),
		ContentLanguage:    h.Get("Content-Language"),
		CacheControl:       h.Get("Cache-Control"),
		StorageClass:       h.Get("X-Goog-Storage-Class"),
	}}
	if v := h.Get("X-Goog-Custom-Time"); v != "" {
		at, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return in, invalid("Header x-goog-custom-time is not a time.")
		}
		in.object.Settings.CustomTime = &at
	}
	for name, values := range h {
		if hasFold(name, metaPrefix) {
			if in.object.Settings.Metadata == nil {
				in.object.Settings.Metadata = make(map[string]string)
			}
			in.object.Settings.Metadata[strings.ToLower(name[len(metaPrefix):])] = strings.Join(values, ",")
		}
	}
	return in, s.complete(&in.object)
}

// putObject takes a body that is the content: an upload in one request, such as a browser sends to
// a signed URL.
func (s *Service) putObject(c *call) error {
	if c.r.Header.Get("X-Goog-Resumable") != "" || c.r.Header.Get("Content-Range") != "" {
		return unsupported("A resumable upload begins with POST.")
	}
	in, err := s.objectFromHeaders(c)
	if err != nil {
		return err
	}
	if err := checkLength(c.r.ContentLength, in.expect); err != nil {
		return err
	}
	o, err := s.keep(c, in.object, c.r.Body, in.expect, in.cond)
	if err != nil {
		return err
	}
	answerWritten(c, o)
	return nil
}

// answerWritten answers an upload through the XML API.
func answerWritten(c *call, o store.Object) {
	h := c.w.Header()
	identify(h, o)
	h.Set("Content-Type", "text/html; charset=UTF-8")
	h.Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusOK)
}

// postObject begins a resumable upload. Other uses of POST, such as forms, are not supported.
func (s *Service) postObject(c *call) error {
	if c.r.Header.Get("X-Goog-Resumable") != "start" {
		return unsupported("POST without x-goog-resumable: start is not supported.")
	}
	in, err := s.objectFromHeaders(c)
	if err != nil {
		return err
	}
	ses, err := s.begin(c, in)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Location", s.base(c)+c.path+"?upload_id="+ses.ID)
	h.Set("X-GUploader-UploadID", ses.ID)
	h.Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusCreated)
	return nil
}
