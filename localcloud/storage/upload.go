package storage

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"mime/multipart"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// insertion is an upload through the JSON API, before its content.
type insertion struct {
	object store.Object
	expect store.Expect
	cond   conditions
}

// insert reads an object resource and the query of an upload, and asks for the permission.
func (s *Service) insert(c *call, resource []byte, contentType string) (in insertion, err error) {
	if in.cond, err = c.conditions("if"); err != nil {
		return in, err
	}
	if in.expect, err = expectHeaders(c.r.Header); err != nil {
		return in, err
	}
	f, err := parseFields(resource, objectOutputs...)
	if err != nil {
		return in, err
	}
	in.object.Bucket = c.bucket()
	if in.object.Name, err = f.str("name"); err != nil {
		return in, err
	}
	if name := c.param("name"); name != "" {
		in.object.Name = name
	}
	if err := checkObjectName(in.object.Name); err != nil {
		return in, err
	}
	if err := f.nameObject(c.bucket(), ""); err != nil {
		return in, err
	}
	if err := f.sums(&in.expect); err != nil {
		return in, err
	}
	if in.object.Settings, err = patched(store.ObjectSettings{}, f); err != nil {
		return in, err
	}
	if v := c.param("contentEncoding"); v != "" {
		in.object.Settings.ContentEncoding = v
	}
	if in.object.Settings.ContentType == "" {
		in.object.Settings.ContentType = contentType
	}
	if err := s.authorize(c, c.caller, "storage.objects.create", s.objectResource(c.bucket(), in.object.Name)); err != nil {
		return in, err
	}
	return in, s.complete(&in.object)
}

// sums takes the checksums that a client promises out of an object resource.
func (f fields) sums(e *store.Expect) error {
	for name, set := range map[string]func(*store.Expect, string) error{"md5Hash": setMD5, "crc32c": setCRC32C} {
		v, err := f.str(name)
		if err == nil && v != "" {
			err = set(e, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// defaultType is the content type of an object whose writer named none. A multipart upload of the
// JSON API alone can leave an object without one; it is sent as this.
const defaultType = "application/octet-stream"

// complete gives an object its bucket's storage class when it has none of its own.
func (s *Service) complete(o *store.Object) error {
	b, err := s.store.Bucket(o.Bucket)
	if err != nil {
		return err
	}
	if o.Settings.StorageClass == "" {
		o.Settings.StorageClass = b.Settings.StorageClass
	}
	return checkSettings(o.Settings)
}

// insertMedia takes a body that is the content.
func (s *Service) insertMedia(c *call) error {
	in, err := s.insert(c, []byte("{}"), cmp.Or(c.r.Header.Get("Content-Type"), defaultType))
	if err != nil {
		return err
	}
	return s.finishInsert(c, in, c.r.Body)
}

// insertMultipart takes a body of two parts: resource and content.
func (s *Service) insertMultipart(c *call) error {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" || params["boundary"] == "" {
		return invalid("Content-Type is not multipart/related with a boundary.")
	}
	parts := multipart.NewReader(c.r.Body, params["boundary"])
	first, err := parts.NextRawPart()
	if err != nil {
		return invalid("The body has no parts.")
	}
	resource, err := io.ReadAll(io.LimitReader(first, maxBody+1))
	if err != nil || len(resource) > maxBody {
		return invalid("The body's first part could not be read.")
	}
	content, err := parts.NextRawPart()
	if err != nil {
		return invalid("The body has no second part.")
	}
	in, err := s.insert(c, resource, content.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	return s.finishInsert(c, in, &lastPart{content, parts})
}

func (s *Service) finishInsert(c *call, in insertion, body io.Reader) error {
	o, err := s.keep(c, in.object, body, in.expect, in.cond)
	if err != nil {
		return err
	}
	return c.answer(s.objectResourceOf(c, o))
}

// lastPart reads a part and, at its end, makes sure that the body ends there: else it was cut off
// or holds more than the two parts, and neither may become an object.
type lastPart struct {
	*multipart.Part
	parts *multipart.Reader
}

func (p *lastPart) Read(b []byte) (int, error) {
	n, err := p.Part.Read(b)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	// Compared and not unwrapped: a body that is cut off within the last boundary wraps io.EOF in
	// its error.
	switch _, err := p.parts.NextRawPart(); {
	case err == io.EOF:
		return n, io.EOF
	case err == nil:
		return n, invalid("The body has more than two parts.")
	}
	return n, io.ErrUnexpectedEOF
}
