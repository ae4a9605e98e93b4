package scheduler

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/push"
)

// Attempt is one attempt of an execution.
type Attempt struct {
	Time      time.Time
	Scheduled time.Time // what it was an attempt of
	Forced    bool      // by RunJob, or from the console
	Code      codes.Code
	Reason    string // what failed; empty: nothing
}

// Succeeded reports whether the target took it.
func (a Attempt) Succeeded() bool { return a.Code == codes.OK }

func (a Attempt) status() *rpcstatus.Status {
	return &rpcstatus.Status{Code: int32(a.Code), Message: a.Reason}
}

// attempt makes an attempt of a run, and settles what comes of it. When the service is closing, the
// run is left as it is: due when it is opened again.
func (s *Service) attempt(pb *schedulerpb.Job, r run) {
	a := Attempt{Time: s.cfg.Now(), Scheduled: r.Scheduled, Forced: r.Forced}
	if err := s.post(pb, r); err != nil {
		a.Code, a.Reason = status.Code(err), status.Convert(err).Message()
		if s.ctx.Err() != nil {
			return
		}
		s.cfg.Logger.WarnContext(s.ctx, "scheduler: attempt failed", "job", pb.Name, "attempt", r.Tries, "error", a.Reason)
	}
	s.settle(pb.Name, r.ID, a)
}

// post sends a job's request. The error is a gRPC status, of the code that stands for what the
// target answered.
func (s *Service) post(pb *schedulerpb.Job, r run) error {
	ctx, cancel := context.WithTimeout(s.ctx, pb.AttemptDeadline.AsDuration())
	defer cancel()
	t := pb.GetHttpTarget()
	req, err := http.NewRequestWithContext(ctx, methods[t.HttpMethod], t.Uri, bytes.NewReader(t.Body))
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	for name, value := range t.Headers {
		if !replaced(name) {
			req.Header.Set(name, value)
		}
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("X-CloudScheduler", "true")
	req.Header.Set("X-CloudScheduler-JobName", pb.Name[strings.LastIndexByte(pb.Name, '/')+1:])
	req.Header.Set("X-CloudScheduler-ScheduleTime", r.Scheduled.Format(time.RFC3339))
	token := t.GetOidcToken()
	res, err := s.push.Send(req, push.Token{Account: token.GetServiceAccountEmail(), Audience: token.GetAudience()})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return status.Errorf(codes.DeadlineExceeded, "the target did not answer within %v", pb.AttemptDeadline.AsDuration())
	case err != nil && status.Code(err) != codes.Unknown: // no token
		return err
	case err != nil:
		return status.Error(codes.Unavailable, err.Error())
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return nil
	}
	return status.Errorf(codeOf(res.StatusCode), "the target answered %s", res.Status)
}

// replaced reports whether a job's header is not sent as the job has it: it is Google's own, or
// belongs to the connection.
func replaced(name string) bool {
	name = http.CanonicalHeaderKey(name)
	for _, own := range []string{"X-Google-", "X-Appengine-", "X-Cloudscheduler"} {
		if strings.HasPrefix(name, own) {
			return true
		}
	}
	switch name {
	case "Host", "Content-Length", "User-Agent", "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

// codeOf is the code that stands for the HTTP status of a target that refused.
//
// https://cloud.google.com/apis/design/errors#handling_errors
func codeOf(httpStatus int) codes.Code {
	switch httpStatus {
	case http.StatusBadRequest:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusConflict:
		return codes.Aborted
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case http.StatusNotImplemented:
		return codes.Unimplemented
	case http.StatusServiceUnavailable:
		return codes.Unavailable
	case http.StatusGatewayTimeout:
		return codes.DeadlineExceeded
	}
	if httpStatus >= 500 {
		return codes.Internal
	}
	return codes.Unknown
}
