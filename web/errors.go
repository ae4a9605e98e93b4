package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// What can be wrong with a request before any repository is asked.
var (
	errNoSession    = errors.New("web: not signed in")
	errSessionOver  = errors.New("web: session over")
	errTwoSessions  = errors.New("web: two session cookies of one name")
	errNoBearer     = errors.New("web: not exactly one bearer token")
	errCredential   = errors.New("web: not exactly one credential")
	errIncomplete   = errors.New("web: sign-in form incomplete")
	errForbidden    = errors.New("web: role too low")
	errMalformed    = errors.New("web: malformed request")
	errMediaType    = errors.New("web: unsupported media type")
	errBodyTooLarge = errors.New("web: body too large")
	errTooMany      = errors.New("web: the tenant asks too much")
	errKeyForm      = errors.New("web: API key cannot be made so")
	errNoKeys       = errors.New("web: not for API keys")
	errCrossOrigin  = errors.New("web: cross-origin request")
)

// refusal is what a client is told: a status, a code that programs may rely on, and a sentence for people.
type refusal struct {
	status   int
	code     string
	sentence string
}

// unknown is what a client is told about an error that nobody foresaw.
var unknown = refusal{http.StatusInternalServerError, "internal", "Something went wrong on our side. If it happens again, tell us the request id."}

var (
	unauthenticated = refusal{http.StatusUnauthorized, "unauthenticated", "The credential is missing, expired or not valid."}
	tenantDenied    = refusal{http.StatusForbidden, "tenant_denied", "There is no such workspace, or it is not open to you."}
	forbidden       = refusal{http.StatusForbidden, "forbidden", "Your role in this workspace does not allow this."}
	notFound        = refusal{http.StatusNotFound, "not_found", "There is nothing at this address."}
	malformed       = refusal{http.StatusBadRequest, "malformed", "The request is malformed."}
	invalid         = refusal{http.StatusUnprocessableEntity, "invalid", "Some of the values cannot be accepted."}
	tooLarge        = refusal{http.StatusRequestEntityTooLarge, "body_too_large", "The request is larger than this address takes."}
	unsupported     = refusal{http.StatusUnsupportedMediaType, "unsupported_media_type", "The request is not of a form that this address takes."}
	notAllowed      = refusal{http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take that kind of request."}
	unavailable     = refusal{http.StatusServiceUnavailable, "unavailable", "This is not possible right now. Please try again in a moment."}
)

// refusals is the one place where an error becomes an answer. The first row whose error is in the chain counts, so an
// error that wraps another stands before it.
var refusals = []struct {
	err error
	refusal
}{
	{errNoSession, refusal{http.StatusUnauthorized, "unauthenticated", "Please sign in."}},
	{errSessionOver, refusal{http.StatusUnauthorized, "unauthenticated", "Your session has ended. Please sign in again."}},
	{errTwoSessions, refusal{http.StatusUnauthorized, "unauthenticated", "Your browser sent two sessions for one workspace. Remove this site's cookies and sign in again."}},
	{errNoBearer, unauthenticated},
	{errCredential, refusal{http.StatusUnprocessableEntity, "invalid", "Send exactly one credential: email and password, an idToken, or a refreshToken."}},
	{errIncomplete, refusal{http.StatusUnprocessableEntity, "invalid", "Enter your e-mail address and your password."}},
	{errForbidden, forbidden},
	{errMalformed, malformed},
	{errMediaType, unsupported},
	{errBodyTooLarge, tooLarge},
	{errTooMany, refusal{http.StatusTooManyRequests, "too_many_requests", "Your workspace is asking for more than its share right now. Please wait a moment and try again."}},
	{errKeyForm, refusal{http.StatusUnprocessableEntity, "invalid", "A key has a name of at most 80 characters, the role viewer or editor, and a life of at most 365 days."}},
	{errNoKeys, refusal{http.StatusForbidden, "forbidden", "This cannot be done with an API key."}},
	{errCrossOrigin, refusal{http.StatusForbidden, "cross_origin", "This request came from another site and was not carried out."}},

	{identity.ErrBadCredentials, refusal{http.StatusUnauthorized, "bad_credentials", "The e-mail address or the password is not right."}},
	{identity.ErrSessionExpired, refusal{http.StatusUnauthorized, "unauthenticated", "Your session has ended. Please sign in again."}},
	{identity.ErrDisabled, refusal{http.StatusForbidden, "account_disabled", "This account is disabled. Ask an admin of your workspace."}},
	{identity.ErrNoAccess, refusal{http.StatusForbidden, "no_access", "This account has no access to the workspace. Ask an admin of your workspace."}},
	{identity.ErrTooManyAttempts, refusal{http.StatusTooManyRequests, "too_many_attempts", "There were too many attempts. Please wait a few minutes and try again."}},
	{identity.ErrUnavailable, unavailable},

	{users.ErrNotFound, notFound},
	{users.ErrForbidden, forbidden},
	{users.ErrLastAdmin, refusal{http.StatusConflict, "last_admin", "A workspace needs at least one active admin. Make somebody else an admin first."}},
	{users.ErrExists, refusal{http.StatusConflict, "exists", "This person is in the workspace already."}},
	{users.ErrInvalid, invalid},

	{uploads.ErrNotFound, notFound},
	{uploads.ErrForbidden, forbidden},
	{uploads.ErrTooLarge, refusal{http.StatusRequestEntityTooLarge, "file_too_large", "The file is larger than this workspace takes."}},
	{uploads.ErrNotUploaded, refusal{http.StatusConflict, "not_uploaded", "The file itself has not arrived yet."}},
	{uploads.ErrMismatch, refusal{http.StatusConflict, "upload_mismatch", "What arrived is not the file that was announced. Delete it and send it again."}},
	{uploads.ErrInvalid, invalid},

	{tenancy.ErrUnauthenticated, unauthenticated},
	{tenancy.ErrTenantDenied, tenantDenied},
	{tenancy.ErrUnavailable, unavailable},
	{tenancy.ErrForbidden, forbidden},
	{tenancy.ErrNoAPIKey, notFound},
	{tenancy.ErrTooManyAPIKeys, refusal{http.StatusConflict, "too_many_api_keys", "This workspace has as many API keys as it may. Revoke one that is not used any more."}},
	{tenancy.ErrSlugTaken, refusal{http.StatusConflict, "slug_taken", "Another workspace has this name."}},
	{tenancy.ErrInvalid, malformed},

	{vending.ErrQuery, malformed},
	{vending.ErrNoAlert, notFound},
	{vending.ErrReadOnly, forbidden},
	{vending.ErrForeign, tenantDenied},
	{vending.ErrDenied, tenantDenied},

	{context.DeadlineExceeded, unavailable},
	{context.Canceled, unavailable},
}

// byStatus is for refusals that a library decided.
var byStatus = map[int]refusal{
	http.StatusBadRequest:            malformed,
	http.StatusNotFound:              notFound,
	http.StatusMethodNotAllowed:      notAllowed,
	http.StatusRequestTimeout:        {http.StatusRequestTimeout, "timeout", "The request took too long to arrive."},
	http.StatusRequestEntityTooLarge: tooLarge,
	http.StatusUnsupportedMediaType:  unsupported,
	http.StatusUnprocessableEntity:   invalid,
}

// refuse returns what to tell a client about err.
func refuse(err error) refusal {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			if field, ok := errors.AsType[*uploads.FieldError](err); ok {
				r.sentence = field.Sentence
			}
			return r.refusal
		}
	}
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		if r, ok := byStatus[he.Code]; ok {
			return r
		}
	}
	return unknown
}
