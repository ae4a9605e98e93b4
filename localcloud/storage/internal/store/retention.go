package store

import (
	"fmt"
	"time"
)

// RetentionPolicy says how long each object of a bucket must be kept at least.
type RetentionPolicy struct {
	Period    int64      `json:"retentionPeriod,string"` // seconds
	Effective *time.Time `json:"effectiveTime,omitempty"`
	Locked    bool       `json:"isLocked,omitempty"` // it can be neither removed nor shortened
}

// RetainedError says that an object may not go yet.
type RetainedError struct {
	Bucket, Name string
	Hold         string    // which one; empty: the bucket's retention policy
	Until        time.Time // by that policy
}

func (e *RetainedError) Error() string {
	if e.Hold != "" {
		return fmt.Sprintf("store: object %s/%s is under %s hold", e.Bucket, e.Name, e.Hold)
	}
	return fmt.Sprintf("store: object %s/%s is retained until %s", e.Bucket, e.Name, e.Until.Format(time.RFC3339))
}

// The kinds of holds, in Google's words.
const (
	EventBased = "Event-Based"
	Temporary  = "Temporary"
)

// retained sets until when the bucket's policy keeps an object. An event-based hold keeps it for
// ever, and its release begins the period anew.
func (b Bucket) retained(o *Object) {
	o.RetainedUntil = time.Time{}
	p := b.Settings.RetentionPolicy
	if p == nil || isTrue(o.Settings.EventBasedHold) {
		return
	}
	from := o.Created
	if o.Released.After(from) {
		from = o.Released
	}
	o.RetainedUntil = from.Add(time.Duration(p.Period) * time.Second)
}

// mayGo returns a *RetainedError for an object that must not be deleted, replaced or archived at
// the time.
func (o Object) mayGo(now time.Time) error {
	e := &RetainedError{Bucket: o.Bucket, Name: o.Name}
	switch {
	case isTrue(o.Settings.TemporaryHold):
		e.Hold = Temporary
	case isTrue(o.Settings.EventBasedHold):
		e.Hold = EventBased
	case now.Before(o.RetainedUntil):
		e.Until = o.RetainedUntil
	default:
		return nil
	}
	return e
}

func isTrue(v *bool) bool { return v != nil && *v }
