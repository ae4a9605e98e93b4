package storage

import (
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

const maxSources = 32

// composition is the body of a compose request.
type composition struct {
	Kind        string `json:"kind,omitempty"`
	Destination fields `json:"destination,omitempty"`
	Sources     []struct {
		Name       string `json:"name"`
		Generation int64  `json:"generation,string,omitzero"`
		Conditions struct {
			GenerationMatch *int64 `json:"ifGenerationMatch,string,omitempty"`
		} `json:"objectPreconditions,omitempty"`
	} `json:"sourceObjects"`
}

// composeObject joins objects of a bucket into one.
func (s *Service) composeObject(c *call) error {
	if err := checkObjectName(c.object()); err != nil {
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
	var comp composition
	if err := decodeStrictly(body, &comp); err != nil {
		return err
	}
	if n := len(comp.Sources); n == 0 || n > maxSources {
		return invalid("The number of source components must be from 1 to %d.", maxSources)
	}
	o := store.Object{Bucket: c.bucket(), Name: c.object()}
	f := comp.Destination
	for _, name := range objectOutputs {
		delete(f, name)
	}
	if err := f.nameObject(o.Bucket, o.Name); err != nil {
		return err
	}
	if o.Settings, err = patched(store.ObjectSettings{}, f); err != nil {
		return err
	}
	if o.Settings.ContentType == "" {
		o.Settings.ContentType = defaultType
	}
	if err := s.complete(&o); err != nil {
		return err
	}
	b, err := s.store.NewBlob()
	if err != nil {
		return err
	}
	if o.Components, err = s.join(c, b, comp); err != nil {
		b.Discard()
		return err
	}
	if o, err = s.store.Put(o, b, s.admitPut(c, c.caller, o, cond)); err != nil {
		return err
	}
	return c.answer(s.objectResourceOf(c, o))
}

// join appends the sources, each of which the caller must be allowed to read, and returns how many
// components they have.
func (s *Service) join(c *call, b *store.Blob, comp composition) (components int, err error) {
	for _, src := range comp.Sources {
		if err := s.authorize(c, c.caller, "storage.objects.get", s.objectResource(c.bucket(), src.Name)); err != nil {
			return 0, err
		}
		o, content, err := s.store.Content(c.bucket(), src.Name, src.Generation)
		if err != nil {
			return 0, err
		}
		err = conditions{GenerationMatch: src.Conditions.GenerationMatch}.forWrite(&o)
		if err == nil {
			err = appendObject(b, o, content)
		}
		content.Close()
		if err != nil {
			return 0, err
		}
		components += max(o.Components, 1)
	}
	return components, nil
}
