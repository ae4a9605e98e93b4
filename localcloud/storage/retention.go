package storage

import (
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// maxRetention is the bound of a retention period, exclusive: 100 years, in seconds.
//
// https://cloud.google.com/storage/docs/bucket-lock#retention-periods
const maxRetention = 3155760000

// settleRetention checks the retention policy of a bucket's new settings against the one it had,
// nil for none, and sets what is not the caller's to set.
func (s *Service) settleRetention(bucket string, had *store.RetentionPolicy, settings *store.BucketSettings) error {
	p := settings.RetentionPolicy
	if had != nil && had.Locked && (p == nil || p.Period < had.Period) {
		return refuseWith(http.StatusForbidden, "forbidden", "AccessDenied",
			"Cannot reduce retention duration of a locked Retention Policy for bucket '%s'.", bucket)
	}
	if p == nil {
		return nil
	}
	if p.Period <= 0 || p.Period >= maxRetention {
		return invalid("Invalid value for: retentionPolicy.retentionPeriod. It is greater than 0 and less than %d seconds.", maxRetention)
	}
	if v := settings.Versioning; v != nil && v.Enabled {
		return invalid("Retention policies and Object Versioning are mutually exclusive.")
	}
	kept := store.RetentionPolicy{Period: p.Period}
	if had != nil {
		kept.Effective, kept.Locked = had.Effective, had.Locked
	}
	if had == nil || had.Period != p.Period {
		now := s.cfg.Now().UTC().Truncate(time.Microsecond)
		kept.Effective = &now
	}
	settings.RetentionPolicy = &kept
	return nil
}

// lockRetentionPolicy makes a bucket's retention policy one that can only be lengthened, for ever.
func (s *Service) lockRetentionPolicy(c *call) error {
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	if cond.MetagenerationMatch == nil {
		return refuseWith(http.StatusBadRequest, "required", "InvalidArgument", "Required parameter: ifMetagenerationMatch")
	}
	b, err := s.store.UpdateBucket(c.bucket(), func(b *store.Bucket) error {
		o := ofBucket(*b)
		if err := cond.forWrite(&o); err != nil {
			return err
		}
		p := b.Settings.RetentionPolicy
		switch {
		case p == nil:
			return invalid("Bucket '%s' has no retention policy to lock.", b.Name)
		case p.Locked:
			return store.ErrUnchanged
		}
		p.Locked = true
		return nil
	})
	if err != nil {
		return err
	}
	return c.answer(s.bucketResourceOf(c, b))
}

// refuseRetained refuses what would end an object that must be kept.
//
// https://cloud.google.com/storage/docs/json_api/v1/status-codes#403-forbidden
func refuseRetained(e *store.RetainedError) *refusal {
	object := e.Bucket + "/" + e.Name
	if e.Hold != "" {
		return refuseWith(http.StatusForbidden, "objectUnderActiveHold", "ObjectUnderActiveHold",
			"Object '%s' is under active %s hold and cannot be deleted, overwritten or archived until hold is removed.", object, e.Hold)
	}
	return refuseWith(http.StatusForbidden, "retentionPolicyNotMet", "RetentionPolicyNotMet",
		"Object '%s' is subject to bucket's retention policy and cannot be deleted, overwritten or archived until %s",
		object, e.Until.Format(time.RFC3339Nano))
}
