package scheduler

import "time"

// Backoff is backoff, and Retry is retry.
var (
	Backoff = backoff
	Retry   = retry
)

// Next is when a schedule is due first after a time.
func Next(text, zone string, after time.Time) (time.Time, error) {
	s, err := parseSchedule(text, zone)
	if err != nil {
		return time.Time{}, err
	}
	due, _ := s.next(after)
	return due, nil
}
