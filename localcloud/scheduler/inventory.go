package scheduler

import (
	"slices"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
)

// JobInfo is what there is to see of a job. Its headers and body are not: they may hold secrets.
type JobInfo struct {
	Name        string
	Description string
	Method      string
	Address     string // where it sends
	Account     string // whose OIDC token it sends; empty: none
	Schedule    string
	TimeZone    string
	Paused      bool
	Next        time.Time // when it is due, by its schedule or for a retry
	Running     int       // attempts under way
	Attempts    []Attempt // the latest, newest first
}

// Jobs returns the jobs there are, by name. It is for the cloud's own use: no permission is asked.
func (s *Service) Jobs() []JobInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []JobInfo
	for _, j := range s.sorted() {
		t := j.pb.GetHttpTarget()
		info := JobInfo{
			Name: j.pb.Name, Description: j.pb.Description, Method: methods[t.GetHttpMethod()], Address: t.GetUri(),
			Account: t.GetOidcToken().GetServiceAccountEmail(), Schedule: j.pb.Schedule, TimeZone: j.pb.TimeZone,
			Paused: j.pb.State == schedulerpb.Job_PAUSED, Next: j.message().ScheduleTime.AsTime(), Attempts: slices.Clone(j.attempts),
		}
		slices.Reverse(info.Attempts)
		for _, r := range j.runs {
			if r.out {
				info.Running++
			}
		}
		all = append(all, info)
	}
	return all
}
