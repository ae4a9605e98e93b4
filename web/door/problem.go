package door

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
)

// problem is the body of a refusal to a program: RFC 9457 problem details with two members of our
// own.
type problem struct {
	Type      string `json:"type" doc:"Where this problem is explained. It differs from another as code does."`
	Title     string `json:"title" doc:"The status in words." example:"Forbidden"`
	Status    int    `json:"status" doc:"The HTTP status." example:"403"`
	Detail    string `json:"detail" doc:"A sentence for people."`
	Code      string `json:"code" doc:"Which problem it is. Stable: programs may rely on it." example:"tenant_denied"`
	RequestID string `json:"requestId" format:"id" doc:"What to quote when asking for help."`
	after     time.Duration
	Errors    []fault `json:"errors,omitempty" doc:"Which values cannot be accepted, and why."`
}

// fault is one value that cannot be accepted. It does not repeat the value, which may be a secret.
type fault struct {
	Location string `json:"location,omitempty" doc:"Where the value stands." example:"body.role"`
	Message  string `json:"message" doc:"What is wrong with it."`
}

const problemType = "application/problem+json"

// problem is an error with a status, which is how huma takes it.

func (p *problem) Error() string             { return p.Detail }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return problemType }
func (p *problem) GetHeaders() http.Header   { return refusalHeaders(p.Status, p.Code, p.after) }

// retryAfter is when it makes sense to try again after err.
func retryAfter(err error) time.Duration {
	if limited, ok := errors.AsType[*tooManyError](err); ok {
		return limited.after
	}
	if errors.Is(err, identityplatform.ErrTooManyAttempts) {
		return 3 * time.Minute // Identity Platform says no more than "later"
	}
	return 5 * time.Second
}

// refusalHeaders returns what HTTP wants beside some statuses.
func refusalHeaders(status int, code string, after time.Duration) http.Header {
	if code == notFresh {
		return http.Header{"Www-Authenticate": {challenge}}
	}
	switch status {
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {`Bearer realm="bulkhead"`}}
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return http.Header{"Retry-After": {strconv.Itoa(max(1, int(math.Ceil(after.Seconds()))))}}
	}
	return nil
}

// newProblem turns err into what a program is told.
func newProblem(ctx context.Context, err error) *problem {
	r, id := refuse(ctx, err)
	p := r.problem(originOf(ctx), id)
	p.after = retryAfter(err)
	return p
}

// problem is the refusal as a program is told it, at a site of that origin.
func (r Refusal) problem(origin, requestID string) *problem {
	return &problem{
		Type:      problemURI(origin, r.Code),
		Title:     http.StatusText(r.Status),
		Status:    r.Status,
		Detail:    r.Sentence,
		Code:      r.Code,
		RequestID: requestID,
	}
}
