package door

import (
	"context"
	"errors"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/idempotency"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
	"github.com/bulkhead-saas/bulkhead/web/signinform"
)

// What can be wrong with a request before any feature is asked.
var (
	errNotFresh    = errors.New("web: proven too long ago")
	errNoSignIn    = errors.New("web: not the ID token of somebody who has signed in")
	errNoBearer    = errors.New("web: not exactly one bearer token")
	errForbidden   = errors.New("web: role too low")
	errTooMany     = errors.New("web: the tenant asks too much")
	errTooManyHere = errors.New("web: the client address tries too much")
	errHost        = errors.New("web: host name of somebody else")
)

// Refusals that several errors have in common.

// NotFound is for an object that is missing. Another tenant's is missing, too.
func NotFound() Refusal {
	return Refusal{http.StatusNotFound, "not_found", "There is nothing at this address."}
}

// Forbidden is for a caller whose role is too low.
func Forbidden() Refusal {
	return Refusal{http.StatusForbidden, "forbidden", "Your role in this workspace does not allow this."}
}

// Invalid is for values that are well-formed and cannot be accepted.
func Invalid() Refusal {
	return Refusal{http.StatusUnprocessableEntity, "invalid", "Some of the values cannot be accepted."}
}

// Malformed is for a request that makes no sense.
func Malformed() Refusal {
	return Refusal{http.StatusBadRequest, "malformed", "The request is malformed."}
}

func unauthenticated(sentence string) Refusal {
	return Refusal{http.StatusUnauthorized, "unauthenticated", sentence}
}

// notFresh is the code of errNotFresh.
const notFresh = "reauthentication_required"

var (
	noCredential = unauthenticated("The credential is missing, expired or not valid.")
	over         = unauthenticated("Your session has ended. Please sign in again.")
	tenantDenied = Refusal{http.StatusForbidden, "tenant_denied",
		"There is no such workspace, or it is not open to you."}
	tooLarge = Refusal{http.StatusRequestEntityTooLarge, "body_too_large",
		"The request is larger than this address takes."}
	unsupported = Refusal{http.StatusUnsupportedMediaType, "unsupported_media_type",
		"The request is not of a form that this address takes."}
	notAllowed = Refusal{http.StatusMethodNotAllowed, "method_not_allowed",
		"This address does not take that kind of request."}
	unavailable = Refusal{http.StatusServiceUnavailable, "unavailable",
		"This is not possible right now. Please try again in a moment."}
)

// firstRows come before those of the features: what the door itself says no to, and sign-in.
func firstRows() []Row {
	return []Row{
		{Err: browser.ErrNoSession, Refusal: unauthenticated("Please sign in.")},
		{Err: authpolicy.ErrWay, Refusal: Refusal{http.StatusUnauthorized, "sign_in_way",
			"This workspace does not accept this way to sign in. Sign in as its sign-in page says."}},
		{Err: authpolicy.ErrSecondFactor, Refusal: Refusal{http.StatusForbidden, "second_factor_required",
			"A second factor is needed. Send the code of your app as code, or a recovery code as recoveryCode, " +
				"with the credential itself. Passkeys are for the sign-in page."}},
		{Err: mfa.ErrPending, Refusal: Refusal{http.StatusBadRequest, "second_factor_over",
			"The second factor came too late, or in another browser. Please begin again."}},
		{Err: secondfactor.ErrCode, Refusal: Refusal{http.StatusUnauthorized, "second_factor",
			"This code is not right. Enter the six digits that your app shows now."}},
		{Err: secondfactor.ErrCodeUsed, Refusal: Refusal{http.StatusUnauthorized, "second_factor_used",
			"This code was used already. Wait until your app shows the next one, at most half a minute."}},
		{Err: secondfactor.ErrClock, Refusal: Refusal{http.StatusUnauthorized, "second_factor_clock",
			"This code is of another time. Enter the one that your app shows now."}, Explain: secondfactor.Sentence},
		{Err: secondfactor.ErrLocked, Refusal: Refusal{http.StatusTooManyRequests, "second_factor_locked",
			"After too many wrong codes, codes of the app do not count for a while. Use a recovery code or a passkey, or wait."},
			Explain: secondfactor.Sentence},
		{Err: secondfactor.ErrRecovery, Refusal: Refusal{http.StatusUnauthorized, "recovery_code_used",
			"This is not a recovery code that is left. Each works once."}},
		{Err: secondfactor.ErrPasskey, Refusal: Refusal{http.StatusUnauthorized, "passkey",
			"This passkey was not accepted: it is not one of yours here, or it came too late. Try again."}},
		{Err: secondfactor.ErrName, Refusal: Refusal{http.StatusUnprocessableEntity, "invalid",
			"Give the passkey a name of at most 60 characters, so that you know it again."}},
		{Err: secondfactor.ErrNotSetUp, Refusal: Refusal{http.StatusConflict, "not_set_up",
			"This second factor is not set up."}},
		{Err: secondfactor.ErrSetUp, Refusal: Refusal{http.StatusConflict, "set_up",
			"An app is set up already. Remove it first to set another one up."}},
		{Err: secondfactor.ErrTooMany, Refusal: Refusal{http.StatusConflict, "too_many",
			"There are as many as there may be. Remove one that is not used any more."}},
		{Err: secondfactor.ErrUnreadable, Refusal: unavailable},
		{Err: mfa.ErrLastFactor, Refusal: Refusal{http.StatusConflict, "last_factor",
			"This workspace requires a second factor, and this is your last one. Set another one up first."}},
		{Err: mfa.ErrUnproven, Refusal: Refusal{http.StatusForbidden, "factor_unproven",
			"You have a second factor, and this session has not proven it. Sign out and sign in with it, then change it."}},
		{Err: authpolicy.ErrCredential, Refusal: Refusal{http.StatusForbidden, "credential_refused",
			"This workspace does not accept this kind of credential here. Its admins decide that."}},
		{Err: errNoSignIn, Refusal: Refusal{http.StatusForbidden, "credential_refused",
			"Only somebody who has signed in here changes what is their own. " +
				"Exchange a credential of yours for an ID token, and send that."}},
		{Err: tenant.ErrStale, Refusal: Refusal{http.StatusPreconditionFailed, "stale",
			"Somebody else changed this in the meantime, so nothing was changed. " +
				"Look at how it is now, and make your change again if you still want it."}},
		{Err: idempotency.ErrOther, Refusal: Refusal{http.StatusUnprocessableEntity, "idempotency_key_reused",
			"This Idempotency-Key came with another request within the last day. Choose another one."}},
		{Err: idempotency.ErrRunning, Refusal: Refusal{http.StatusConflict, "request_running",
			"The first request with this Idempotency-Key is not answered yet. Send it again in a minute."}},
		{Err: browser.ErrSessionOver, Refusal: over},
		{Err: errNotFresh, Refusal: Refusal{http.StatusUnauthorized, notFresh,
			"Prove again who you are before this change: sign in again, then send it once more."}},
		{Err: browser.ErrTwoSessions, Refusal: unauthenticated("Your browser sent two sessions for one workspace. " +
			"Remove this site's cookies and sign in again.")},
		{Err: errNoBearer, Refusal: noCredential},
		{Err: signinform.ErrIncomplete, Refusal: Refusal{http.StatusUnprocessableEntity, "invalid",
			"Enter your e-mail address and your password."}},
		{Err: errForbidden, Refusal: Forbidden()},
		{Err: httpserver.ErrMalformed, Refusal: Malformed()},
		{Err: httpserver.ErrMediaType, Refusal: unsupported},
		{Err: httpserver.ErrBodyTooLarge, Refusal: tooLarge},
		{Err: errTooMany, Refusal: Refusal{http.StatusTooManyRequests, "too_many_requests",
			"Your workspace is asking for more than its share right now. Please wait a moment and try again."}},
		{Err: errTooManyHere, Refusal: Refusal{http.StatusTooManyRequests, "too_many_requests",
			"Too many attempts came from your network address. Please wait a moment and try again."}},
		{Err: httpserver.ErrCrossOrigin, Refusal: Refusal{http.StatusForbidden, "cross_origin",
			"This request came from another site and was not carried out."}},
		{Err: errHost, Refusal: Refusal{http.StatusMisdirectedRequest, "misdirected",
			"This host name is not served here."}},

		{Err: identityplatform.ErrBadCredentials, Refusal: Refusal{http.StatusUnauthorized, "bad_credentials",
			"The e-mail address or the password is not right."}},
		{Err: sessioncookie.ErrExpired, Refusal: over},
		{Err: identityplatform.ErrDisabled, Refusal: Refusal{http.StatusForbidden, "account_disabled",
			"This account is disabled. Ask an admin of your workspace."}},
		{Err: people.ErrNoAccess, Refusal: Refusal{http.StatusForbidden, "no_access",
			"This account has no access to the workspace. Ask an admin of your workspace."}},
		{Err: identityplatform.ErrTooManyAttempts, Refusal: Refusal{http.StatusTooManyRequests, "too_many_attempts",
			"There were too many attempts. Please wait a few minutes and try again."}},
		{Err: identityplatform.ErrUnavailable, Refusal: unavailable},

		{Err: api.ErrCursor, Refusal: Refusal{http.StatusBadRequest, "bad_cursor",
			"This cursor is not of this list. Send the next of an earlier answer as it stands, or leave it out."}},
	}
}

// lastRows come after those of the features: what lies beneath all of them.
func lastRows() []Row {
	return []Row{
		{Err: tenant.ErrUnauthenticated, Refusal: noCredential},
		{Err: tenant.ErrTenantDenied, Refusal: tenantDenied},
		{Err: tenant.ErrUnavailable, Refusal: unavailable},
		{Err: tenant.ErrForbidden, Refusal: Forbidden()},
		{Err: tenant.ErrSlugTaken, Refusal: NewRefusal(http.StatusConflict, "slug_taken",
			"Another workspace has this name.")},
		{Err: tenant.ErrInvalid, Refusal: Malformed()},

		{Err: vending.ErrReadOnly, Refusal: Forbidden()},
		{Err: vending.ErrForeign, Refusal: tenantDenied},
		{Err: vending.ErrUnavailable, Refusal: unavailable},
		{Err: vending.ErrDenied, Refusal: tenantDenied},
		{Err: vending.ErrUnavailable, Refusal: unavailable},

		{Err: context.DeadlineExceeded, Refusal: unavailable},
		{Err: context.Canceled, Refusal: unavailable},
	}
}

// ofStatus is the refusal for a status that a library decided.
func ofStatus(status int) Refusal {
	switch status {
	case http.StatusBadRequest:
		return Malformed()
	case http.StatusNotFound:
		return NotFound()
	case http.StatusMethodNotAllowed:
		return notAllowed
	case http.StatusRequestTimeout:
		return Refusal{http.StatusRequestTimeout, "timeout", "The request took too long to arrive."}
	case http.StatusRequestEntityTooLarge:
		return tooLarge
	case http.StatusUnsupportedMediaType:
		return unsupported
	case http.StatusUnprocessableEntity:
		return Invalid()
	}
	return unknown
}
