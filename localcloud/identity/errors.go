package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
)

// apiError is a refusal in Google's form. message is what clients switch on: a code, or "CODE :
// explanation".
type apiError struct {
	code    int
	status  string // "PERMISSION_DENIED"; may be empty for the older 400 answers, as at Google
	message string
}

func (e *apiError) Error() string { return e.message }

// bad is a 400 whose message is a code of Identity Platform's.
func bad(message string) *apiError { return &apiError{code: http.StatusBadRequest, message: message} }

func badf(format string, args ...any) *apiError { return bad(fmt.Sprintf(format, args...)) }

// unimplemented says that the local cloud lacks what was asked for.
func unimplemented(format string, args ...any) *apiError {
	return &apiError{http.StatusNotImplemented, "UNIMPLEMENTED", "the local cloud does not implement " + fmt.Sprintf(format, args...)}
}

var (
	errNoCredential = &apiError{http.StatusUnauthorized, "UNAUTHENTICATED", "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential."}
	errNoAPIKey     = &apiError{http.StatusForbidden, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API."}
	errBadAPIKey    = &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."}
	errTooLarge     = &apiError{http.StatusRequestEntityTooLarge, "INVALID_ARGUMENT", "Request payload size exceeds the limit"}
	errInvalidLogin = bad("INVALID_LOGIN_CREDENTIALS")
	errLockedOut    = bad("TOO_MANY_ATTEMPTS_TRY_LATER : Access to this account has been temporarily disabled due to many failed login attempts. You can immediately restore it by resetting your password or you can try again later.")
	errNoTenant     = bad("TENANT_NOT_FOUND")
	errNoUser       = bad("USER_NOT_FOUND")
	errDisabled     = bad("USER_DISABLED")
	errExpired      = bad("TOKEN_EXPIRED")
	errBadIDToken   = bad("INVALID_ID_TOKEN")
	errOtherTenant  = bad("TENANT_ID_MISMATCH")
)

// asAPIError turns any error into an answer: package iam's statuses keep their meaning, the rest is
// internal.
func asAPIError(err error) (answer *apiError, internal bool) {
	var e *apiError
	if errors.As(err, &e) {
		return e, false
	}
	if diskfull.Is(err) {
		return &apiError{http.StatusBadRequest, "FAILED_PRECONDITION", diskfull.Message}, false
	}
	switch st := status.Convert(err); st.Code() {
	case codes.Unauthenticated:
		return errNoCredential, false
	case codes.PermissionDenied:
		return &apiError{http.StatusForbidden, "PERMISSION_DENIED", st.Message()}, false
	}
	return &apiError{http.StatusInternalServerError, "INTERNAL", "INTERNAL_ERROR"}, true
}

func writeError(w http.ResponseWriter, log *slog.Logger, path string, err error) {
	e, internal := asAPIError(err)
	if internal {
		log.Error("identity platform", "path", path, "error", err)
	}
	type detail struct {
		Message string `json:"message"`
		Domain  string `json:"domain"`
		Reason  string `json:"reason"`
	}
	type body struct {
		Code    int      `json:"code"`
		Message string   `json:"message"`
		Errors  []detail `json:"errors"`
		Status  string   `json:"status,omitempty"`
	}
	reason := "invalid"
	if e.code == http.StatusForbidden {
		reason = "forbidden"
	}
	writeJSON(w, e.code, struct {
		Error body `json:"error"`
	}{body{e.code, e.message, []detail{{e.message, "global", reason}}, e.status}})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // every answer is a plain struct of ours
		code, b = http.StatusInternalServerError, []byte(`{"error":{"code":500,"message":"INTERNAL_ERROR","status":"INTERNAL"}}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	}
	w.WriteHeader(code)
	w.Write(b)
}
