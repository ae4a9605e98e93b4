package storage

import (
	"fmt"
	"io"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// rewriteObject copies in one step, however large the object: the answer never asks for another
// call.
func (s *Service) rewriteObject(c *call) error {
	if c.param("rewriteToken") != "" {
		return invalid("Invalid value for: rewriteToken.")
	}
	o, err := s.copy(c)
	if err != nil {
		return err
	}
	return c.answer(struct {
		Kind     string     `json:"kind"`
		Written  int64      `json:"totalBytesRewritten,string"`
		Size     int64      `json:"objectSize,string"`
		Done     bool       `json:"done"`
		Resource objectBody `json:"resource"`
	}{"storage#rewriteResponse", o.Size, o.Size, true, s.objectResourceOf(c, o)})
}

func (s *Service) copyObject(c *call) error {
	o, err := s.copy(c)
	if err != nil {
		return err
	}
	return c.answer(s.objectResourceOf(c, o))
}

// copy makes the source, which the caller may read, the content of the destination, which it must
// be allowed to write.
func (s *Service) copy(c *call) (store.Object, error) {
	to := store.Object{Bucket: c.vars["toBucket"], Name: c.vars["toObject"]}
	if err := s.authorize(c, c.caller, "storage.objects.create", s.objectResource(to.Bucket, to.Name)); err != nil {
		return to, err
	}
	if err := checkObjectName(to.Name); err != nil {
		return to, err
	}
	sourceCond, err := c.conditions("ifSource")
	if err != nil {
		return to, err
	}
	cond, err := c.conditions("if")
	if err != nil {
		return to, err
	}
	generation, err := c.generation("sourceGeneration")
	if err != nil {
		return to, err
	}
	body, err := c.readBody()
	if err != nil {
		return to, err
	}
	f, err := parseFields(body, append(objectOutputs, "md5Hash", "crc32c")...)
	if err != nil {
		return to, err
	}
	if err := f.nameObject(to.Bucket, to.Name); err != nil {
		return to, err
	}
	from, content, err := s.store.Content(c.bucket(), c.object(), generation)
	if err != nil {
		return to, err
	}
	defer content.Close()
	if err := sourceCond.forWrite(&from); err != nil {
		return to, err
	}
	// A body that says anything about the destination says all of it.
	if to.Settings = from.Settings; len(f) > 0 {
		if to.Settings, err = patched(store.ObjectSettings{}, f); err != nil {
			return to, err
		}
	} else {
		to.Settings.StorageClass = ""
		to.Settings.EventBasedHold, to.Settings.TemporaryHold = nil, nil // a hold is of one object
	}
	if err := s.complete(&to); err != nil {
		return to, err
	}
	to.Components = from.Components
	return s.keepCopy(c, to, from, content, cond)
}

func (s *Service) keepCopy(c *call, to, from store.Object, content io.Reader, cond conditions) (store.Object, error) {
	b, err := s.store.NewBlob()
	if err != nil {
		return to, err
	}
	if err := appendObject(b, from, content); err != nil {
		b.Discard()
		return to, err
	}
	if b.CRC32C() != from.CRC32C {
		b.Discard()
		return to, fmt.Errorf("storage: content of %s/%s does not match its checksum", from.Bucket, from.Name)
	}
	return s.store.Put(to, b, s.admitPut(c, c.caller, to, cond))
}

// appendObject appends an object's content, all of it.
func appendObject(b *store.Blob, o store.Object, content io.Reader) error {
	n, err := io.Copy(b, content)
	if err == nil && n != o.Size {
		err = fmt.Errorf("storage: content of %s/%s has %d bytes, not %d", o.Bucket, o.Name, n, o.Size)
	}
	return err
}
