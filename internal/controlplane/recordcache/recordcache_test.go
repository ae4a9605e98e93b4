package recordcache_test

import (
	"context"
	"errors"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/recordcache"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shelf is what the cache reads: one value for every identifier, or an error.
type shelf struct {
	mu    sync.Mutex
	name  string
	err   error
	reads int
	delay time.Duration
}

func (s *shelf) read(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	s.mu.Lock()
	s.reads++
	name, err, delay := s.name, s.err, s.delay
	s.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return tenant.Tenant{}, ctx.Err()
	}
	return tenant.Tenant{ID: id, Name: name}, err
}

func (s *shelf) set(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name, s.err = name, err
}

func TestRecordsAreRememberedForSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{name: "one"}
		c := recordcache.NewTestCache(s.read)
		id := tenant.NewID()
		expect := func(name string, want error, reads int) {
			t.Helper()
			got, err := c.Look(t.Context(), id)
			if !errors.Is(err, want) || want == nil && (err != nil || got.Name != name) || s.reads != reads {
				t.Errorf("%q, %v after %d reads; want %q, %v after %d", got.Name, err, s.reads, name, want, reads)
			}
		}
		expect("one", nil, 1)
		s.set("two", nil)
		time.Sleep(4*time.Second - time.Nanosecond)
		expect("one", nil, 1)
		time.Sleep(time.Nanosecond)
		expect("two", nil, 2)

		s.set("", recordcache.ErrNone) // gone, which is remembered as long
		time.Sleep(4 * time.Second)
		expect("", recordcache.ErrNone, 3)
		s.set("three", nil)
		expect("", recordcache.ErrNone, 3)
		time.Sleep(4 * time.Second)
		expect("three", nil, 4)

		s.set("", tenant.ErrUnavailable) // a failure is not remembered, and does not become an absence
		time.Sleep(4 * time.Second)
		expect("", tenant.ErrUnavailable, 5)
		expect("", tenant.ErrUnavailable, 6)
		s.set("four", nil)
		expect("four", nil, 7)
	})
}

// TestRecordAgeCountsFromTheQuestion: an answer that took long is as old as the question.
func TestRecordAgeCountsFromTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{name: "one", delay: 3 * time.Second}
		c := recordcache.NewTestCache(s.read)
		id := tenant.NewID()
		c.Look(t.Context(), id)
		time.Sleep(time.Second)
		if c.Look(t.Context(), id); s.reads != 2 {
			t.Errorf("%d reads, want 2", s.reads)
		}
	})
}

// TestOwnWriteIsSeenAtOnce, also by a read that began before it.
func TestOwnWriteIsSeenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{name: "old", delay: time.Second}
		c := recordcache.NewTestCache(s.read)
		id := tenant.NewID()
		var before sync.WaitGroup
		before.Go(func() { c.Look(t.Context(), id) })
		synctest.Wait() // the read has the old value in its hands
		c.Keep(id, tenant.Tenant{ID: id, Name: "new"})
		before.Wait()
		if got, err := c.Look(t.Context(), id); err != nil || got.Name != "new" {
			t.Errorf("%q, %v; want the new one", got.Name, err)
		}
	})
}

func TestManyAskersCostOneRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{name: "one", delay: time.Second}
		c := recordcache.NewTestCache(s.read)
		id := tenant.NewID()
		hasty, leave := context.WithCancel(t.Context())
		var left error
		var crowd sync.WaitGroup
		crowd.Go(func() { _, left = c.Look(hasty, id) })
		synctest.Wait()
		failures := make([]error, 100)
		for i := range failures {
			crowd.Go(func() { _, failures[i] = c.Look(t.Context(), id) })
		}
		synctest.Wait()
		leave() // who caused the read
		crowd.Wait()
		if !errors.Is(left, tenant.ErrUnavailable) || errors.Is(left, recordcache.ErrNone) {
			t.Errorf("who left: %v", left)
		}
		if err := errors.Join(failures...); err != nil || s.reads != 1 {
			t.Errorf("%v after %d reads, want 1", err, s.reads)
		}
	})
}

// TestUnknownNamesPushNothingOut: ten thousand names that do not exist leave bounded traces, and
// the one that does stays.
func TestUnknownNamesPushNothingOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{name: "one"}
		c := recordcache.NewTestCache(s.read)
		id := tenant.NewID()
		c.Look(t.Context(), id)
		s.set("", recordcache.ErrNone)
		for range 10_000 {
			c.Look(t.Context(), tenant.NewID())
		}
		if records, absent := c.Sizes(); records != 1 || absent != 4096 {
			t.Errorf("%d records and %d absences, want 1 and 4096", records, absent)
		}
		if _, err := c.Look(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
}
