package storage

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/signed"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// refusal is an answer that is not a success, in the words of both APIs.
type refusal struct {
	status  int
	reason  string // JSON
	code    string // XML
	message string
	details string // XML only
	fault   *signed.Error

	location string // JSON only: the query parameter at fault
}

func (e *refusal) Error() string { return e.message }

func refuseWith(status int, reason, code, format string, args ...any) *refusal {
	return &refusal{status: status, reason: reason, code: code, message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *refusal {
	return refuseWith(http.StatusBadRequest, "invalid", "InvalidArgument", format, args...)
}

// unsupported is not a 501: Google's clients take every 5xx for a passing fault, and would ask
// again for ever.
func unsupported(format string, args ...any) *refusal {
	return refuseWith(http.StatusBadRequest, "notImplemented", "NotImplemented", format, args...)
}

// The refusals that say nothing of their request.
var (
	errNoBucket     = refuseWith(http.StatusNotFound, "notFound", "NoSuchBucket", "The specified bucket does not exist.")
	errNoObject     = refuseWith(http.StatusNotFound, "notFound", "NoSuchKey", "The specified key does not exist.")
	errNoConfig     = refuseWith(http.StatusNotFound, "notFound", "NoSuchNotification", "The specified notification configuration does not exist.")
	errNoUpload     = refuseWith(http.StatusNotFound, "notFound", "NoSuchUpload", "The requested upload was not found.")
	errBucketExists = refuseWith(http.StatusConflict, "conflict", "BucketAlreadyOwnedByYou",
		"Your previous request to create the named bucket succeeded and you already own it.")
	errNotEmpty     = refuseWith(http.StatusConflict, "conflict", "BucketNotEmpty", "The bucket you tried to delete is not empty.")
	errPrecondition = refuseWith(http.StatusPreconditionFailed, "conditionNotMet", "PreconditionFailed",
		"At least one of the pre-conditions you specified did not hold.")
	errNotModified = refuseWith(http.StatusNotModified, "notModified", "NotModified", "Not modified.")
	errTooLarge    = refuseWith(http.StatusBadRequest, "invalid", "EntityTooLarge", "Your proposed upload is larger than the maximum object size specified.")
	errTooSmall    = refuseWith(http.StatusBadRequest, "invalid", "EntityTooSmall", "Your proposed upload is smaller than the minimum object size specified.")
	errDigest      = refuseWith(http.StatusBadRequest, "invalid", "BadDigest", "The digest you specified did not match what we received.")
	errIncomplete  = refuseWith(http.StatusBadRequest, "invalid", "IncompleteBody", "The request's body ended before the length it announced.")
)

// errDiskFull is no 507, for the reason that unsupported is no 501.
var errDiskFull = refuseWith(http.StatusBadRequest, "insufficientStorage", "InsufficientStorage", "%s", diskfull.Message)

func unauthenticated() *refusal {
	return refuseWith(http.StatusUnauthorized, "authError", "AuthenticationRequired", "Invalid Credentials")
}

func anonymous(permission string) *refusal {
	if permission == "" {
		return refuseWith(http.StatusUnauthorized, "required", "AuthenticationRequired", "Authentication required.")
	}
	return refuseWith(http.StatusUnauthorized, "required", "AuthenticationRequired",
		"Anonymous caller does not have %s access to the Google Cloud Storage resource.", permission)
}

func denied(email, permission, why string) *refusal {
	e := refuseWith(http.StatusForbidden, "forbidden", "AccessDenied", "%s does not have %s access to the Google Cloud Storage resource. %s",
		email, permission, why)
	e.details = e.message
	return e
}

// refusedSignature answers a refused signed URL as Google does.
func refusedSignature(f *signed.Error) *refusal {
	var e *refusal
	switch f.Kind {
	case signed.Expired:
		e = refuseWith(http.StatusBadRequest, "badRequest", "ExpiredToken", "The provided token has expired.")
	case signed.Skewed:
		e = refuseWith(http.StatusForbidden, "forbidden", "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.")
	case signed.MalformedHeader:
		e = refuseWith(http.StatusBadRequest, "badRequest", "MalformedSecurityHeader", "Your request has a malformed header.")
	case signed.Mismatch:
		e = refuseWith(http.StatusForbidden, "forbidden", "SignatureDoesNotMatch", "Access denied.")
		e.fault = f
	default:
		e = refuseWith(http.StatusBadRequest, "badRequest", "AuthorizationQueryParametersError", "The query parameters of the signature are invalid.")
	}
	e.details = f.Detail
	return e
}

// asRefusal finds the answer that belongs to an error; an error without one is a fault of the
// service's own.
func asRefusal(err error) *refusal {
	var e *refusal
	var retained *store.RetainedError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &retained):
		return refuseRetained(retained)
	case errors.Is(err, store.ErrNoBucket):
		return errNoBucket
	case errors.Is(err, store.ErrNoObject):
		return errNoObject
	case errors.Is(err, store.ErrNoConfig):
		return errNoConfig
	case errors.Is(err, store.ErrNoSession):
		return errNoUpload
	case errors.Is(err, store.ErrPartGone):
		return errInvalidPart
	case errors.Is(err, store.ErrBucketExists):
		return errBucketExists
	case errors.Is(err, store.ErrNotEmpty):
		return errNotEmpty
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errIncomplete
	case diskfull.Is(err):
		return errDiskFull
	}
	return refuseWith(http.StatusInternalServerError, "backendError", "InternalError", "We encountered an internal error. Please try again.")
}

// drain is how much of a refused request's body is read before the answer: a client that is still
// sending would otherwise lose the answer with the connection.
const drain = 64 << 20

// refuse writes the answer to an error.
func (s *Service) refuse(c *call, err error) {
	e := asRefusal(err)
	if e.status == http.StatusInternalServerError {
		s.cfg.Logger.ErrorContext(c.ctx, "storage: request failed", "method", c.r.Method, "path", c.path, "error", err)
	}
	io.CopyN(io.Discard, c.r.Body, drain)
	h := c.w.Header()
	if e.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/"`)
	}
	if e.status == http.StatusNotModified {
		c.w.WriteHeader(e.status)
		return
	}
	body, kind := e.json(), "application/json; charset=UTF-8"
	if c.xml() {
		body, kind = e.xml(), "application/xml; charset=UTF-8"
	}
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "private, max-age=0")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(e.status)
	c.w.Write(body)
}

func (e *refusal) xml() []byte {
	v := struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
		Details string `xml:",omitempty"`
		ToSign  string `xml:"StringToSign,omitempty"`
		Request string `xml:"CanonicalRequest,omitempty"`
	}{Code: e.code, Message: e.message, Details: e.details}
	if e.fault != nil {
		v.ToSign, v.Request = e.fault.ToSign, e.fault.Canonical
	}
	body, err := xml.Marshal(v)
	if err != nil {
		return nil
	}
	return append([]byte("<?xml version='1.0' encoding='UTF-8'?>"), body...)
}
