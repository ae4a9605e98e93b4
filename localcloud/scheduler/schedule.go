package scheduler

import (
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // for machines that have no time zones of their own

	"github.com/netresearch/go-cron"
)

// unixCron reads the five fields that Cloud Scheduler takes. A day is one of the job's when either
// the day of the month or the day of the week is, where both are said.
//
// https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules
var unixCron = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.DowOrDom)

// cronForm is what a schedule in these fields is made of. The parser takes more than cron's fields,
// time zones among it.
var cronForm = regexp.MustCompile(`^[0-9A-Za-z*,/-]+(?:[ \t]+[0-9A-Za-z*,/-]+){4}$`)

// schedule says when a job is due.
type schedule struct {
	cron cron.Schedule
	zone *time.Location
}

// parseSchedule reads a job's schedule. The errors are InvalidArgument, and Unimplemented for a
// schedule in English.
func parseSchedule(text, zone string) (schedule, error) {
	if text = strings.TrimSpace(text); text == "" {
		return schedule{}, invalid("A job needs a schedule.")
	}
	first, _, _ := strings.Cut(text, " ")
	if first == "every" || strings.Contains(text, " of ") || strings.HasPrefix(first, "@") {
		return schedule{}, unsupported("schedules in words: write the five fields of cron, such as */5 * * * *")
	}
	if !cronForm.MatchString(text) {
		return schedule{}, invalid("Schedule or time zone is invalid: %q does not have the five fields of cron, such as */5 * * * *.", text)
	}
	parsed, err := unixCron.Parse(text)
	if err != nil {
		return schedule{}, invalid("Schedule or time zone is invalid: %v.", err)
	}
	s := schedule{cron: parsed}
	if s.zone, err = parseZone(zone); err != nil {
		return schedule{}, err
	}
	if _, ok := s.next(time.Unix(0, 0)); !ok {
		return schedule{}, invalid("Schedule or time zone is invalid: %q is due on no day of any year.", text)
	}
	return s, nil
}

// parseZone reads a name of the tz database. UTC may be written in any case. The error is
// InvalidArgument.
func parseZone(name string) (*time.Location, error) {
	if strings.EqualFold(name, "utc") {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, invalid("Schedule or time zone is invalid: there is no time zone %q.", name)
	}
	return zone, nil
}

// next returns the first due time after t. ok is false when there is none.
func (s schedule) next(t time.Time) (due time.Time, ok bool) {
	due = s.cron.Next(t.In(s.zone))
	return due.UTC(), !due.IsZero()
}
