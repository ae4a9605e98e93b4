package door

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/signinform"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// Refusal is what a client is told about an error.
type Refusal struct {
	Status   int
	Code     string // programs may rely on it
	Sentence string // for people
}

// NewRefusal returns a refusal of the status, with a code that programs may rely on and a sentence
// for people.
func NewRefusal(status int, code, sentence string) Refusal { return Refusal{status, code, sentence} }

// Row says what a client is told about an error.
type Row struct {
	Err error
	Refusal
	// Explain returns a better sentence for the error at hand, or "". It may be nil.
	Explain func(error) string
}

// Feature is what a feature brings beside its handlers.
type Feature interface {
	// Refusals returns a row for each error that the feature's handlers return and that the door
	// has no row for. A row whose error wraps another's stands before it.
	Refusals() []Row
	// Notices returns what the feature says to people on the page that follows a form.
	Notices() []Notice
}

// Notice is a sentence on the page that follows a form. Its code travels in the address, so nobody
// can put their own words on our pages.
type Notice struct {
	Code string
	Text string
}

// unknown is what a client is told about an error that nobody foresaw.
var unknown = Refusal{http.StatusInternalServerError, "internal",
	"Something went wrong on our side. If it happens again, tell us the request id."}

// gather joins what the door and the features bring. Two of them may say the same of an error or of
// a notice, and never two different things.
func gather(features []Feature) (rows []Row, notices map[string]string, faults []error) {
	rows = firstRows()
	notices = map[string]string{}
	note := func(notes []Notice) {
		for _, n := range notes {
			if text, ok := notices[n.Code]; ok && text != n.Text {
				faults = append(faults, fmt.Errorf("web: two notices are called %s", n.Code))
			}
			notices[n.Code] = n.Text
		}
	}
	note(doorNotices())
	for _, f := range features {
		rows = append(rows, f.Refusals()...)
		note(f.Notices())
	}
	rows = append(rows, lastRows()...)
	for i, r := range rows {
		same := func(other Row) bool { return other.Err == r.Err && other.Refusal != r.Refusal }
		if slices.ContainsFunc(rows[:i], same) {
			faults = append(faults, fmt.Errorf("web: two rows say different things of %q", r.Err))
		}
		called := func(other Row) bool { return other.Code == r.Code && other.Status != r.Status }
		if slices.ContainsFunc(rows[:i], called) {
			faults = append(faults, fmt.Errorf("web: two problems are called %s", r.Code))
		}
	}
	return rows, notices, faults
}

// examples are all that can be said at a site of that origin, each code once, with the sentence
// that is true of all its cases.
func examples(rows []Row, origin string) (all []*api.Problem) {
	general := []Refusal{
		Malformed(), NotFound(), Forbidden(), Invalid(), noCredential, tenantDenied, notAllowed, tooLarge, unsupported, unavailable,
		ofStatus(http.StatusRequestTimeout), unknown,
	}
	for _, r := range rows {
		general = append(general, r.Refusal)
	}
	for _, r := range general {
		if !slices.ContainsFunc(all, func(p *api.Problem) bool { return p.Code == r.Code }) {
			all = append(all, r.problem(origin, "KZ3WYIQ6PTBNU7R5MXDCAOEFLG"))
		}
	}
	return all
}

// Refuse returns what to tell a client about err. The first row whose error is in the chain counts.
func (t *Table) Refuse(err error) Refusal {
	for _, r := range t.rows {
		if !errors.Is(err, r.Err) {
			continue
		}
		if r.Explain != nil {
			if better := r.Explain(err); better != "" {
				r.Sentence = better
			}
		}
		return r.Refusal
	}
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		return ofStatus(he.Code)
	}
	if vending.Unavailable(err) {
		return unavailable
	}
	return unknown
}

// Refuse returns what to tell a client about err, for a handler that shows its form again. It notes
// on the visit what became of err.
func Refuse(c echo.Context, err error) Refusal {
	r, _ := refuse(c.Request().Context(), err)
	return r
}

// refuse is Refuse, and returns the request id beside it.
func refuse(ctx context.Context, err error) (r Refusal, requestID string) {
	r = unknown
	if t, ok := tableOf(ctx); ok {
		r = t.Refuse(err)
	}
	return r, note(ctx, r, err)
}

// note keeps for the log what the client is told and, where that is our fault, why. It returns the
// request id.
func note(ctx context.Context, r Refusal, cause error) (requestID string) {
	v, ok := visit.Of(ctx)
	if !ok {
		return ""
	}
	v.Code = r.Code
	gone := vending.Cancelled(cause) // a client that went away is no fault of ours
	if r.Status >= http.StatusInternalServerError && !gone {
		v.Cause = cause
	}
	return v.ID
}

// ForTheForm reports whether err is for the person at the form, who keeps what they typed.
func ForTheForm(err error) bool {
	for _, target := range []error{
		signinform.ErrIncomplete, errTooMany, errTooManyHere, identityplatform.ErrBadCredentials, identityplatform.ErrDisabled,
		people.ErrNoAccess, authpolicy.ErrWay, identityplatform.ErrTooManyAttempts, identityplatform.ErrUnavailable,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
