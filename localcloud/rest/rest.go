// Package rest speaks the JSON dialect that Google's REST services share.
//
// Inside the local cloud every refusal is a gRPC status; over HTTP the same refusal is an HTTP
// status and the body {"error":{"code":403,"message":"...","status":"PERMISSION_DENIED"}}. This
// package is the one place that translates.
package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
)

// maxBody bounds the JSON documents that ReadJSON accepts, in bytes.
const maxBody = 1 << 20

// statuses maps a gRPC code to its HTTP status, as google/rpc/code.proto documents it.
var statuses = map[codes.Code]int{
	codes.InvalidArgument:    http.StatusBadRequest,
	codes.FailedPrecondition: http.StatusBadRequest,
	codes.OutOfRange:         http.StatusBadRequest,
	codes.Unauthenticated:    http.StatusUnauthorized,
	codes.PermissionDenied:   http.StatusForbidden,
	codes.NotFound:           http.StatusNotFound,
	codes.AlreadyExists:      http.StatusConflict,
	codes.Aborted:            http.StatusConflict,
	codes.ResourceExhausted:  http.StatusTooManyRequests,
	codes.Canceled:           499,
	codes.Unimplemented:      http.StatusNotImplemented,
	codes.Unavailable:        http.StatusServiceUnavailable,
	codes.DeadlineExceeded:   http.StatusGatewayTimeout,
}

// WriteError answers err, which is or wraps a gRPC status. The text of any other error stays
// inside.
func WriteError(w http.ResponseWriter, err error) {
	st, ok := status.FromError(diskfull.Refusal(err))
	if !ok {
		st = status.New(codes.Internal, "Internal error encountered.")
	}
	code, ok := statuses[st.Code()]
	if !ok {
		code = http.StatusInternalServerError
	}
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/"`)
	}
	type refusal struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Status  string `json:"status"`
	}
	WriteJSON(w, code, map[string]refusal{"error": {code, st.Message(), CodeName(st.Code())}})
}

// WriteJSON answers v as JSON under code. v must be marshalable.
func WriteJSON(w http.ResponseWriter, code int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = w.Write(body) // a caller that hung up is no concern of ours
}

// ReadJSON decodes the request's body into v. An empty body leaves v as it is. The error is a gRPC
// status InvalidArgument: the body is not one JSON document, or larger than 1 MiB.
func ReadJSON(w http.ResponseWriter, r *http.Request, v any) error {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	if err := dec.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return status.Errorf(codes.InvalidArgument, "Invalid JSON payload received. %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return status.Error(codes.InvalidArgument, "Invalid JSON payload received. Unexpected data after the document.")
	}
	return nil
}

// CodeName writes a code as the proto enumeration does: NotFound is "NOT_FOUND".
func CodeName(c codes.Code) string {
	if c == codes.Canceled {
		return "CANCELLED"
	}
	var b strings.Builder
	for i, r := range fmt.Sprint(c) {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
