package storage

import (
	"net/http"
	"slices"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// objectOutputs are the members of an object resource that only answers set.
var objectOutputs = []string{"kind", "id", "selfLink", "mediaLink", "generation", "metageneration", "etag", "size", "componentCount",
	"timeCreated", "timeFinalized", "updated", "timeStorageClassUpdated", "timeDeleted", "owner", "retentionExpirationTime"}

// generation reads the query parameter of that name: 0, the live one, when it is not there.
func (c *call) generation(name string) (int64, error) {
	n, ok, err := c.intParam(name)
	if err == nil && ok && n == 0 {
		err = invalid("Invalid value for: %s.", name)
	}
	return n, err
}

func (s *Service) getObject(c *call) error {
	generation, err := c.generation("generation")
	if err != nil {
		return err
	}
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	o, err := s.store.Object(c.bucket(), c.object(), generation)
	if err != nil {
		return err
	}
	if err := cond.forRead(o); err != nil {
		return err
	}
	return c.answer(s.objectResourceOf(c, o))
}

func (s *Service) patchObject(c *call) error {
	return s.changeObject(c, func(now store.ObjectSettings) store.ObjectSettings { return now })
}

func (s *Service) updateObject(c *call) error {
	return s.changeObject(c, func(now store.ObjectSettings) store.ObjectSettings {
		return store.ObjectSettings{StorageClass: now.StorageClass}
	})
}

// changeObject merges the body into what from makes of the present settings.
func (s *Service) changeObject(c *call, from func(store.ObjectSettings) store.ObjectSettings) error {
	generation, err := c.generation("generation")
	if err != nil {
		return err
	}
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	f, err := parseFields(body, append(objectOutputs, "md5Hash", "crc32c")...)
	if err != nil {
		return err
	}
	if err := f.nameObject(c.bucket(), c.object()); err != nil {
		return err
	}
	o, err := s.store.UpdateObject(c.bucket(), c.object(), generation, func(o *store.Object) error {
		if err := cond.forWrite(o); err != nil {
			return err
		}
		if c.r.Method == http.MethodPatch && len(f) == 0 {
			return store.ErrUnchanged
		}
		settings, err := patched(from(o.Settings), f)
		if err != nil {
			return err
		}
		if settings.StorageClass != o.Settings.StorageClass {
			return invalid("The storage class of an object changes by rewriting it.")
		}
		if err := checkCustomTime(o.Settings, settings); err != nil {
			return err
		}
		o.Settings = settings
		return checkSettings(settings)
	})
	if err != nil {
		return err
	}
	return c.answer(s.objectResourceOf(c, o))
}

// nameObject takes bucket and name out of an object resource's members and refuses others than
// those of the path.
func (f fields) nameObject(bucket, object string) error {
	for name, want := range map[string]string{"bucket": bucket, "name": object} {
		got, err := f.str(name)
		if err != nil {
			return err
		}
		if got != "" && got != want {
			return invalid("Value for %s in the body differs from that in the path.", name)
		}
	}
	return nil
}

// checkSettings refuses settings that could not be shown again.
func checkSettings(o store.ObjectSettings) error {
	if o.StorageClass != "" && !slices.Contains(storageClasses, o.StorageClass) {
		return invalid("Invalid storage class: %s.", o.StorageClass)
	}
	size := 0
	for _, v := range []string{o.ContentType, o.ContentEncoding, o.ContentDisposition, o.ContentLanguage, o.CacheControl} {
		if !isHeaderText(v) {
			return invalid("A content header holds control characters.")
		}
		size += len(v)
	}
	for k, v := range o.Metadata {
		if k == "" {
			return invalid("A metadata key is empty.")
		}
		size += len(k) + len(v)
	}
	if size > 8192 {
		return invalid("The metadata is larger than 8 KiB.")
	}
	return nil
}

// checkCustomTime refuses to take a custom time away, or back.
//
// https://cloud.google.com/storage/docs/metadata#custom-time
func checkCustomTime(old, settings store.ObjectSettings) error {
	switch {
	case old.CustomTime == nil:
		return nil
	case settings.CustomTime == nil:
		return invalid("The custom time of an object cannot be removed.")
	case settings.CustomTime.Before(*old.CustomTime):
		return invalid("The custom time of an object cannot be set to an earlier time.")
	}
	return nil
}

func isHeaderText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func (s *Service) deleteObject(c *call) error {
	generation, err := c.generation("generation")
	if err != nil {
		return err
	}
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	if err := s.store.DeleteObject(c.bucket(), c.object(), generation, cond.forWrite); err != nil {
		return err
	}
	c.w.WriteHeader(204)
	return nil
}

// admitPut lets a new generation take the place of the live one: if the conditions hold, and for
// what it replaces, if the writer may delete it.
func (s *Service) admitPut(c *call, writer iam.Caller, o store.Object, cond conditions) store.Admit {
	return func(live *store.Object) error {
		if err := cond.forWrite(live); err != nil || live == nil {
			return err
		}
		return s.authorize(c, writer, "storage.objects.delete", s.objectResource(o.Bucket, o.Name))
	}
}
