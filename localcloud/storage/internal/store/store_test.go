package store_test

import (
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

func TestBucketsOfOneProjectAreListed(t *testing.T) {
	s, err := store.Open(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, project := range map[string]string{"a": "one", "b": "two", "c": "one", "d": "one"} {
		if _, err := s.CreateBucket(store.Bucket{Name: name, Project: project}); err != nil {
			t.Fatal(err)
		}
	}
	page, next, err := s.Buckets("one", "", "", 2)
	if err != nil || len(page) != 2 || page[0].Name != "a" || page[1].Name != "c" || next != "d" {
		t.Errorf("the first page is %v, next %q, %v", page, next, err)
	}
	page, next, err = s.Buckets("one", "", next, 2)
	if err != nil || len(page) != 1 || page[0].Name != "d" || next != "" {
		t.Errorf("the last page is %v, next %q, %v", page, next, err)
	}
}
