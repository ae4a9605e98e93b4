package scheduler

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"golang.org/x/net/http/httpguts"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/push"
)

// The defaults and bounds of a job's settings, as the API's reference has them.
//
// https://cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1
const (
	defaultDeadline   = 3 * time.Minute
	minDeadline       = 15 * time.Second
	maxDeadline       = 30 * time.Minute
	defaultMinBackoff = 5 * time.Second
	defaultMaxBackoff = time.Hour
	defaultDoublings  = 5
	maxRetries        = 5
	maxBackoff        = 24 * time.Hour
	maxDoublings      = 16
	maxDescription    = 500
	maxAddress        = 2083
	maxHeaders        = 80_000  // bytes of names and values
	maxJobBytes       = 1 << 20 // of the whole job
	userAgent         = "Google-Cloud-Scheduler"
)

// methods are the HTTP methods of targets.
var methods = map[schedulerpb.HttpMethod]string{
	schedulerpb.HttpMethod_POST:    http.MethodPost,
	schedulerpb.HttpMethod_GET:     http.MethodGet,
	schedulerpb.HttpMethod_HEAD:    http.MethodHead,
	schedulerpb.HttpMethod_PUT:     http.MethodPut,
	schedulerpb.HttpMethod_DELETE:  http.MethodDelete,
	schedulerpb.HttpMethod_PATCH:   http.MethodPatch,
	schedulerpb.HttpMethod_OPTIONS: http.MethodOptions,
}

// complete fills in defaults, and refuses settings that the service could not keep its word on. It
// returns the schedule.
func (s *Service) complete(job *schedulerpb.Job) (schedule, error) {
	if len(job.Description) > maxDescription {
		return schedule{}, invalid("The description is longer than %d characters.", maxDescription)
	}
	if proto.Size(job) > maxJobBytes {
		return schedule{}, invalid("The job is larger than %d bytes.", maxJobBytes)
	}
	if job.TimeZone == "" {
		job.TimeZone = "UTC"
	}
	due, err := parseSchedule(job.Schedule, job.TimeZone)
	if err != nil {
		return schedule{}, err
	}
	if err := duration(&job.AttemptDeadline, "attempt_deadline", defaultDeadline, minDeadline, maxDeadline); err != nil {
		return schedule{}, err
	}
	if err := completeRetries(job); err != nil {
		return schedule{}, err
	}
	switch job.Target.(type) {
	case *schedulerpb.Job_HttpTarget:
		return due, s.completeTarget(job)
	case *schedulerpb.Job_PubsubTarget:
		return schedule{}, unsupported("jobs that publish to Pub/Sub")
	case *schedulerpb.Job_AppEngineHttpTarget:
		return schedule{}, unsupported("jobs that call App Engine")
	}
	return schedule{}, invalid("A job needs a target.")
}

func completeRetries(job *schedulerpb.Job) error {
	if job.RetryConfig == nil {
		job.RetryConfig = &schedulerpb.RetryConfig{MaxDoublings: defaultDoublings}
	}
	r := job.RetryConfig
	if r.RetryCount < 0 || r.RetryCount > maxRetries {
		return invalid("Invalid retry_count: want 0 to %d.", maxRetries)
	}
	if r.MaxDoublings < 0 || r.MaxDoublings > maxDoublings {
		return invalid("Invalid max_doublings: want 0 to %d.", maxDoublings)
	}
	if r.MaxDoublings == 0 {
		r.MaxDoublings = defaultDoublings
	}
	if err := duration(&r.MaxRetryDuration, "max_retry_duration", 0, 0, 7*maxBackoff); err != nil {
		return err
	}
	if err := duration(&r.MinBackoffDuration, "min_backoff_duration", defaultMinBackoff, 0, maxBackoff); err != nil {
		return err
	}
	if err := duration(&r.MaxBackoffDuration, "max_backoff_duration", defaultMaxBackoff, 0, maxBackoff); err != nil {
		return err
	}
	if r.MinBackoffDuration.AsDuration() > r.MaxBackoffDuration.AsDuration() {
		return invalid("The minimum backoff is longer than the maximum backoff.")
	}
	return nil
}

// duration gives a duration its default, and refuses one out of bounds.
func duration(d **durationpb.Duration, name string, standard, least, most time.Duration) error {
	if *d == nil {
		*d = durationpb.New(standard)
	}
	if v := (*d).AsDuration(); (*d).CheckValid() != nil || v < least || v > most {
		return invalid("Invalid %s: want %v to %v.", name, least, most)
	}
	return nil
}

func (s *Service) completeTarget(job *schedulerpb.Job) error {
	t := job.GetHttpTarget()
	u, ok := push.Address(t.Uri, maxAddress)
	if !ok {
		return invalid("Invalid uri of the HTTP target (%s): want an address such as https://example.com/tick.", t.Uri)
	}
	if !s.push.Allows(u) {
		return invalid("Invalid uri of the HTTP target (%s): the local cloud sends to loopback addresses alone, unless it is configured "+
			"otherwise.", t.Uri)
	}
	if t.HttpMethod == schedulerpb.HttpMethod_HTTP_METHOD_UNSPECIFIED {
		t.HttpMethod = schedulerpb.HttpMethod_POST
	}
	method := methods[t.HttpMethod]
	if method == "" {
		return invalid("There is no HTTP method %d.", t.HttpMethod)
	}
	if len(t.Body) > 0 && !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, method) {
		return invalid("A request by %s has no body.", method)
	}
	if err := completeHeaders(t); err != nil {
		return err
	}
	if t.GetOauthToken() != nil {
		return unsupported("OAuth tokens in jobs: they are for Google's own services")
	}
	token := t.GetOidcToken()
	if token == nil {
		return nil
	}
	if token.Audience == "" {
		token.Audience = t.Uri
	}
	return s.ownAccount(job.Name, token.ServiceAccountEmail)
}

// ownAccount returns InvalidArgument for an account that is not one of the job's project.
func (s *Service) ownAccount(job, email string) error {
	if email == "" {
		return invalid("An OIDC token needs a service account.")
	}
	account, err := s.cfg.IAM.AccountResource(email)
	if err != nil {
		return err
	}
	of, err := onJob(job)
	if err != nil {
		return err
	}
	if !slices.Contains(account.Holders, of.Holders[0]) {
		return invalid("The service account %s is not one of the job's project.", email)
	}
	return nil
}

func completeHeaders(t *schedulerpb.HttpTarget) error {
	size, kind := 0, false
	for name, value := range t.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return invalid("%q is not a header.", name)
		}
		size += len(name) + len(value)
		kind = kind || strings.EqualFold(name, "Content-Type")
	}
	if size >= maxHeaders {
		return invalid("The headers have %d bytes, and may have less than %d.", size, maxHeaders)
	}
	if t.Headers == nil {
		t.Headers = map[string]string{}
	}
	for name := range t.Headers {
		if strings.EqualFold(name, "User-Agent") {
			delete(t.Headers, name)
		}
	}
	t.Headers["User-Agent"] = userAgent
	if len(t.Body) > 0 && !kind {
		t.Headers["Content-Type"] = "application/octet-stream"
	}
	return nil
}
