package storage

import (
	"encoding/base64"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

const maxPage = 1000 // buckets or objects of one page

func (s *Service) listBuckets(c *call) error {
	limit, err := c.pageSize()
	if err != nil {
		return err
	}
	start, err := base64.URLEncoding.DecodeString(c.param("pageToken"))
	if err != nil {
		return invalid("Invalid value for: pageToken.")
	}
	page, next, err := s.store.Buckets(c.param("project"), c.param("prefix"), string(start), limit)
	if err != nil {
		return err
	}
	answer := bucketList{Kind: "storage#buckets", NextPageToken: base64.URLEncoding.EncodeToString([]byte(next))}
	for _, b := range page {
		answer.Items = append(answer.Items, s.bucketResourceOf(c, b))
	}
	return c.answer(answer)
}

// pageSize reads maxResults.
func (c *call) pageSize() (int, error) {
	n, ok, err := c.intParam("maxResults")
	if err != nil {
		return 0, err
	}
	if !ok || n == 0 {
		n = maxPage
	}
	return int(min(n, maxPage)), nil
}

func (s *Service) insertBucket(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	f, err := parseFields(body, bucketOutputs...)
	if err != nil {
		return err
	}
	b := store.Bucket{Project: c.param("project")}
	if b.Name, err = f.str("name"); err != nil {
		return err
	}
	if err := checkBucketName(b.Name); err != nil {
		return err
	}
	if b.Settings, err = patched(b.Settings, f); err != nil {
		return err
	}
	if err := completeBucket(&b.Settings); err != nil {
		return err
	}
	if err := s.settleRetention(b.Name, nil, &b.Settings); err != nil {
		return err
	}
	defer s.buckets.lock(b.Name)()
	// The policy comes first: a bucket is never there without. It replaces one that a crash may
	// have left over from a bucket of this name, so that nobody gets the rights of that.
	if _, err := s.store.Bucket(b.Name); err != nil {
		if _, err := s.cfg.IAM.SetPolicy(bucketName(b.Name), firstPolicy(b.Project)); err != nil {
			return err
		}
	}
	if b, err = s.store.CreateBucket(b); err != nil {
		return err
	}
	return c.answer(s.bucketResourceOf(c, b))
}

func (s *Service) getBucket(c *call) error {
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	b, err := s.store.Bucket(c.bucket())
	if err != nil {
		return err
	}
	if err := cond.forRead(ofBucket(b)); err != nil {
		return err
	}
	return c.answer(s.bucketResourceOf(c, b))
}

func (s *Service) patchBucket(c *call) error {
	return s.changeBucket(c, func(now store.BucketSettings) store.BucketSettings { return now })
}

// updateBucket replaces the settings by those of the body; where it says nothing, they fall back to
// the defaults.
func (s *Service) updateBucket(c *call) error {
	return s.changeBucket(c, func(now store.BucketSettings) store.BucketSettings {
		return store.BucketSettings{Location: now.Location}
	})
}

// changeBucket merges the body into what from makes of the present settings.
func (s *Service) changeBucket(c *call, from func(store.BucketSettings) store.BucketSettings) error {
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	f, err := parseFields(body, bucketOutputs...)
	if err != nil {
		return err
	}
	if name, err := f.str("name"); err != nil || name != "" && name != c.bucket() {
		return invalid("The name of a bucket cannot be changed.")
	}
	b, err := s.store.UpdateBucket(c.bucket(), func(b *store.Bucket) error {
		o := ofBucket(*b)
		if err := cond.forWrite(&o); err != nil {
			return err
		}
		if c.r.Method == http.MethodPatch && len(f) == 0 {
			return store.ErrUnchanged
		}
		location := b.Settings.Location
		settings, err := patched(from(b.Settings), f)
		if err != nil {
			return err
		}
		if err := completeBucket(&settings); err != nil {
			return err
		}
		if err := s.settleRetention(b.Name, b.Settings.RetentionPolicy, &settings); err != nil {
			return err
		}
		if settings.Location != location {
			return invalid("The location of a bucket cannot be changed.")
		}
		b.Settings = settings
		return nil
	})
	if err != nil {
		return err
	}
	return c.answer(s.bucketResourceOf(c, b))
}

func (s *Service) deleteBucket(c *call) error {
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	defer s.buckets.lock(c.bucket())()
	err = s.store.DeleteBucket(c.bucket(), func(b store.Bucket) error {
		o := ofBucket(b)
		return cond.forWrite(&o)
	})
	if err != nil {
		return err
	}
	if err := s.cfg.IAM.DeletePolicy(bucketName(c.bucket())); err != nil {
		return err
	}
	c.w.WriteHeader(204)
	return nil
}
