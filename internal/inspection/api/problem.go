package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/parts"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

// Problem is the body of a refusal: RFC 9457 problem details with members of our own.
type Problem struct {
	Type      string      `json:"type" doc:"Which problem it is, as a URI."`
	Title     string      `json:"title" doc:"The status in words." example:"Conflict"`
	Status    int         `json:"status" doc:"The HTTP status." example:"409"`
	Detail    string      `json:"detail" doc:"A sentence for people."`
	Code      string      `json:"code" doc:"Which problem it is. Stable: programs may rely on it." example:"offset"`
	RequestID string      `json:"requestId" doc:"What to quote when asking for help."`
	Received  *int64      `json:"received,omitempty" doc:"Of the code offset: how many bytes have come, and where the next part begins."`
	Errors    []Fault     `json:"errors,omitempty" doc:"Which values cannot be accepted, and why."`
	Header    http.Header `json:"-"`
}

// Fault is one value that cannot be accepted. It does not repeat the value.
type Fault struct {
	Location string `json:"location,omitempty" doc:"Where the value stands." example:"body.size"`
	Message  string `json:"message" doc:"What is wrong with it."`
}

const problemType = "application/problem+json"

// Error returns the sentence for people.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders returns what HTTP wants beside the status.
func (p *Problem) GetHeaders() http.Header { return p.Header }

func problem(status int, code, detail string) *Problem {
	return &Problem{Type: "urn:bulkhead:inspection:" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// What a request itself can be refused for.
var (
	errUnauthenticated = errors.New("api: no credential that counts")
	errClientOnly      = errors.New("api: a key does not do this")
	errLimited         = errors.New("api: too many requests")
	errNoRoute         = errors.New("api: no such address")
	errTooLarge        = errors.New("api: body too large")
	errLength          = errors.New("api: two lengths")
	errEncoding        = errors.New("api: content encoding")
	errGarbled         = errors.New("api: ambiguous request")
	errTextLength      = errors.New("api: text too long")
)

// told says what a program is told about an error. What is not here is a defect, or the cloud's.
var told = []struct {
	err    error
	status int
	code   string
	detail string
}{
	{errUnauthenticated, 401, "unauthenticated", "This needs a token made for this service, or one of its keys, that is valid now."},
	{clienttoken.ErrRefused, 401, "unauthenticated", "This needs a token made for this service, or one of its keys, that is valid now."},
	{clienttoken.ErrUnavailable, 503, "unavailable", "The token cannot be verified at the moment. Try again soon."},
	{errClientOnly, 403, "client_only", "This needs a client's token. A key does not do it."},
	{records.ErrNotFound, 404, "not_found", "There is no such document, or no such generation of it."},
	{errNoRoute, 404, "no_route", "There is nothing at this address."},
	{errLimited, 429, "rate_limited", "Too many requests for this tenant. Try again soon."},
	{errTooLarge, 413, "too_large", "A request has 32 MiB at most."},
	{errTextLength, 413, "text_too_long", "A text has 64 KiB at most."},
	{errLength, 400, "length", "The length of the body is not that of the range."},
	{errEncoding, 415, "encoding", "Content is taken as it is, without an encoding."},
	{errGarbled, 400, "malformed", "The request can be read in two ways."},
	{intake.ErrRange, 400, "range", "Content-Range is of the form \"bytes first-last/size\", of at most 16 MiB."},
	{parts.ErrShort, 400, "incomplete", "The body ended before the range did. Nothing of it was kept."},
	{parts.ErrLong, 400, "length", "The length of the body is not that of the range."},
	{intake.ErrConflict, 409, "announced_otherwise", "This generation was announced with another size or checksum."},
	{intake.ErrEnded, 409, "failed", "This generation has failed. It can be begun again."},
	{intake.ErrNotFailed, 409, "not_failed", "Only what has failed can be begun again."},
	{intake.ErrSmallParts, 409, "small_parts", "There are too many parts. Begin again with larger ones."},
	{intake.ErrBusy, 503, "busy", "There is no room for another inspection at the moment. Try again soon."},
	{context.DeadlineExceeded, 503, "unavailable", "This took too long. Try again soon."},
}

// problemOf returns what a program is told about an error, and whether the error is for the log.
func problemOf(err error) (p *Problem, unknown bool) {
	if own, ok := errors.AsType[*Problem](err); ok {
		return own, false
	}
	if offset, ok := errors.AsType[*intake.OffsetError](err); ok {
		p := problem(http.StatusConflict, "offset", fmt.Sprintf("The next part begins at byte %d.", offset.Received))
		p.Received = &offset.Received
		return p, false
	}
	for _, t := range told {
		if !errors.Is(err, t.err) {
			continue
		}
		p := problem(t.status, t.code, t.detail)
		switch t.status {
		case http.StatusUnauthorized:
			p.Header = http.Header{"Www-Authenticate": {`Bearer realm="inspection"`}}
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			p.Header = http.Header{"Retry-After": {"1"}}
		}
		return p, t.status >= 500
	}
	p = problem(http.StatusServiceUnavailable, "unavailable", "This cannot be done at the moment. Try again soon.")
	p.Header = http.Header{"Retry-After": {"1"}}
	return p, true
}

// refused turns what the API's library itself refuses into a Problem, and tells each Problem its
// request.
func refused(ctx huma.Context, _ string, v any) (any, error) {
	var p *Problem
	switch v := v.(type) {
	case *Problem:
		p = v
	case *huma.ErrorModel:
		p = problem(v.Status, "invalid", "The request is not of the form that this takes.")
		for _, e := range v.Errors {
			p.Errors = append(p.Errors, Fault{e.Location, e.Message})
		}
	default:
		return v, nil
	}
	p.RequestID = requestID(ctx.Context())
	return p, nil
}

// fail answers a request that no operation has seen.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), err)
	p.RequestID = requestID(r.Context())
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // of texts and numbers alone
	}
	for name, values := range p.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

// problem is problemOf, and logs what the caller is not told.
func (a *api) problem(ctx context.Context, err error) *Problem {
	p, unknown := problemOf(err)
	if unknown && ctx.Err() == nil {
		a.Logger.Error("a request failed", "request", requestID(ctx), "code", p.Code, "error", err)
	}
	return p
}

type requestKey struct{}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

func withRequestID(r *http.Request) (*http.Request, string) {
	id := strings.ToLower(rand.Text()[:20])
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, id)), id
}
