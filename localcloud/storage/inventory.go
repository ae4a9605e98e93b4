package storage

import (
	"math"
	"time"
)

// BucketInfo is what the console shows of a bucket.
type BucketInfo struct {
	Name     string
	Location string
	Created  time.Time
}

// Buckets returns the buckets there are, by name. It is for the cloud's own use: no permission is asked.
func (s *Service) Buckets() ([]BucketInfo, error) {
	page, _, err := s.store.Buckets(s.cfg.Project, "", "", math.MaxInt)
	var all []BucketInfo
	for _, b := range page {
		all = append(all, BucketInfo{Name: b.Name, Location: b.Settings.Location, Created: b.Created})
	}
	return all, err
}
