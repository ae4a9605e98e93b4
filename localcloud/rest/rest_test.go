package rest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

func TestWriteError(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code int
		body string
	}{
		"denied": {status.Error(codes.PermissionDenied, "no"), 403,
			`{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}`},
		"wrapped": {fmt.Errorf("while reading: %w", status.Error(codes.NotFound, "gone")), 404,
			`{"error":{"code":404,"message":"while reading: rpc error: code = NotFound desc = gone","status":"NOT_FOUND"}}`},
		"cancelled": {status.Error(codes.Canceled, "stop"), 499,
			`{"error":{"code":499,"message":"stop","status":"CANCELLED"}}`},
		"no credential": {status.Error(codes.Unauthenticated, "who?"), 401,
			`{"error":{"code":401,"message":"who?","status":"UNAUTHENTICATED"}}`},
		"anything else keeps its text": {errors.New("open /secret/path"), 500,
			`{"error":{"code":500,"message":"Internal error encountered.","status":"INTERNAL"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			rest.WriteError(w, c.err)
			if w.Code != c.code || w.Body.String() != c.body {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.code, c.body)
			}
			if (w.Header().Get("WWW-Authenticate") != "") != (c.code == 401) {
				t.Errorf("WWW-Authenticate %q", w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

func TestReadJSON(t *testing.T) {
	for body, want := range map[string]codes.Code{
		"":                                codes.OK,
		`{"a":1}`:                         codes.OK,
		"{\"a\":1}\n":                     codes.OK,
		`{"a":1}{"a":2}`:                  codes.InvalidArgument,
		`{"a":`:                           codes.InvalidArgument,
		`{"a":"one"}`:                     codes.InvalidArgument,
		strings.Repeat(" ", 2<<20) + `{}`: codes.InvalidArgument,
	} {
		var v struct{ A int }
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		if err := rest.ReadJSON(httptest.NewRecorder(), r, &v); status.Code(err) != want {
			t.Errorf("%.20q: %v, want %s", body, err, want)
		}
	}
}
