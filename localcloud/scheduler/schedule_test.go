package scheduler_test

import (
	"testing"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/scheduler"
)

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		text, zone, after, due string
		code                   codes.Code
	}{
		{text: "* * * * *", zone: "UTC", after: "2030-05-01T12:00:00Z", due: "2030-05-01T12:01:00Z"},
		{text: "* * * * *", zone: "UTC", after: "2030-05-01T12:00:59.9Z", due: "2030-05-01T12:01:00Z"},
		{text: "*/15 8-10 * * *", zone: "utc", after: "2030-05-01T10:45:00Z", due: "2030-05-02T08:00:00Z"},
		{text: "5,10 0 1 jan *", zone: "UTC", after: "2030-05-01T00:00:00Z", due: "2031-01-01T00:05:00Z"},
		{text: "0 9 * * MON-FRI", zone: "UTC", after: "2030-05-03T09:00:00Z", due: "2030-05-06T09:00:00Z"}, // a Friday
		{text: "0 9 * * 7", zone: "UTC", after: "2030-05-03T09:00:00Z", due: "2030-05-05T09:00:00Z"},
		{text: "0 0 13 * 5", zone: "UTC", after: "2030-05-01T00:00:00Z", due: "2030-05-03T00:00:00Z"}, // either day
		{text: "0 0 29 2 *", zone: "UTC", after: "2030-05-01T00:00:00Z", due: "2032-02-29T00:00:00Z"},

		{text: "0 9 * * *", zone: "Europe/Berlin", after: "2030-01-01T00:00:00Z", due: "2030-01-01T08:00:00Z"},
		{text: "0 9 * * *", zone: "Europe/Berlin", after: "2030-07-01T00:00:00Z", due: "2030-07-01T07:00:00Z"},
		{text: "0 9 * * *", zone: "Asia/Kolkata", after: "2030-07-01T00:00:00Z", due: "2030-07-01T03:30:00Z"},
		// 02:30 is not on that day: the clock goes from 02:00 to 03:00.
		{text: "30 2 * * *", zone: "America/New_York", after: "2030-03-10T06:00:00Z", due: "2030-03-10T07:30:00Z"},

		{text: "", zone: "UTC", code: codes.InvalidArgument},
		{text: "* * * *", zone: "UTC", code: codes.InvalidArgument},
		{text: "* * * * * *", zone: "UTC", code: codes.InvalidArgument},
		{text: "60 * * * *", zone: "UTC", code: codes.InvalidArgument},
		{text: "*/0 * * * *", zone: "UTC", code: codes.InvalidArgument},
		{text: "0 0 30 2 *", zone: "UTC", code: codes.InvalidArgument},
		{text: "0 0 L * *", zone: "UTC", code: codes.InvalidArgument},
		{text: "0 0 ? * *", zone: "UTC", code: codes.InvalidArgument},
		{text: "TZ=Asia/Tokyo 0 0 * * *", zone: "UTC", code: codes.InvalidArgument},
		{text: "* * * * *", zone: "Mars/Olympus", code: codes.InvalidArgument},
		{text: "* * * * *", zone: "Local", code: codes.InvalidArgument},
		{text: "* * * * *", zone: "../../etc/passwd", code: codes.InvalidArgument},
		{text: "every 5 minutes", zone: "UTC", code: codes.Unimplemented},
		{text: "1st of month 09:00", zone: "UTC", code: codes.Unimplemented},
		{text: "@hourly", zone: "UTC", code: codes.Unimplemented},
	} {
		after, _ := time.Parse(time.RFC3339, c.after)
		due, err := scheduler.Next(c.text, c.zone, after)
		if got := status.Code(err); got != c.code || err == nil && due.Format(time.RFC3339) != c.due {
			t.Errorf("%q in %s after %s: %s, %v; want %s, %s", c.text, c.zone, c.after, due.Format(time.RFC3339), err, c.due, c.code)
		}
	}
}

// The example is that of the API's reference.
func TestBackoff(t *testing.T) {
	c := &schedulerpb.RetryConfig{MinBackoffDuration: durationpb.New(10 * time.Second), MaxBackoffDuration: durationpb.New(300 * time.Second), MaxDoublings: 3}
	for i, want := range []time.Duration{10, 20, 40, 80, 160, 240, 300, 300} {
		if got := scheduler.Backoff(c, i+1); got != want*time.Second {
			t.Errorf("after failure %d: %v, want %v", i+1, got, want*time.Second)
		}
	}
}

func TestRetry(t *testing.T) {
	for _, c := range []struct {
		name  string
		count int32
		limit time.Duration
		tries int
		since time.Duration
		again bool
	}{
		{"no retries", 0, 0, 1, 0, false},
		{"no retries, whatever their time", 0, time.Hour, 1, 0, false},
		{"the first of two", 2, 0, 1, time.Hour, true},
		{"the second of two", 2, 0, 2, time.Hour, true},
		{"no third", 2, 0, 3, time.Hour, false},
		{"a third while there is time", 2, time.Hour, 3, time.Minute, true},
		{"no third when the time is up", 2, time.Hour, 3, time.Hour, false},
		{"the second when the time is up", 2, time.Hour, 2, time.Hour, true},
	} {
		config := &schedulerpb.RetryConfig{RetryCount: c.count, MaxRetryDuration: durationpb.New(c.limit)}
		if _, again := scheduler.Retry(config, c.tries, c.since); again != c.again {
			t.Errorf("%s: %v", c.name, again)
		}
	}
}
