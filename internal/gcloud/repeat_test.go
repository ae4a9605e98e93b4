package gcloud_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// A read that meets a passing fault is sent again; a write is not, and no call is sent for ever.
func TestRepeat(t *testing.T) {
	const (
		get    = firestorepb.Firestore_GetDocument_FullMethodName
		batch  = firestorepb.Firestore_BatchGetDocuments_FullMethodName
		query  = firestorepb.Firestore_RunQuery_FullMethodName
		begin  = firestorepb.Firestore_BeginTransaction_FullMethodName
		commit = firestorepb.Firestore_Commit_FullMethodName
	)
	for _, c := range []struct {
		method string
		call   func(context.Context, grpc.ClientConnInterface, string) error
		fault  codes.Code
		faults int64 // that are met before the call succeeds
		tries  int64
		want   codes.Code
	}{
		{get, unary, codes.Aborted, 1, 2, codes.OK},
		{begin, unary, codes.Aborted, 1, 2, codes.OK},
		{batch, stream, codes.ResourceExhausted, 2, 3, codes.OK},
		{batch, stream, codes.Aborted, 1, 2, codes.OK},
		{query, stream, codes.Internal, 1, 2, codes.OK},
		{query, stream, codes.ResourceExhausted, 4, 5, codes.OK},
		{query, stream, codes.Unavailable, 99, 5, codes.Unavailable},
		{get, unary, codes.Unavailable, 1, 1, codes.Unavailable}, // the client repeats these two
		{batch, stream, codes.Unavailable, 1, 1, codes.Unavailable},
		{get, unary, codes.PermissionDenied, 1, 1, codes.PermissionDenied},
		{query, stream, codes.NotFound, 1, 1, codes.NotFound},
		{query, stream, codes.Unauthenticated, 1, 1, codes.Unauthenticated},
		{commit, unary, codes.Unavailable, 1, 1, codes.Unavailable},
		{"/google.iam.admin.v1.IAM/CreateServiceAccountKey", unary, codes.Unavailable, 1, 1, codes.Unavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			var tries atomic.Int64
			pool := serveInMemory(t, func(context.Context, string) error {
				if n := tries.Add(1); n <= c.faults {
					return status.Error(c.fault, "passing")
				}
				return nil
			})
			err := c.call(t.Context(), pool.Within(gcloud.NewLimit(1)), c.method)
			if status.Code(err) != c.want || tries.Load() != c.tries {
				t.Errorf("%s, %d times %v: %v after %d tries; want %v after %d",
					c.method, c.faults, c.fault, err, tries.Load(), c.want, c.tries)
			}
		})
	}
}

// A transaction that was aborted is lost. Its reads are not sent again: the whole transaction is.
func TestAbortedTransactionIsNotRepeated(t *testing.T) {
	var tries atomic.Int64
	pool := serve(t, func(context.Context, string) error {
		tries.Add(1)
		return status.Error(codes.Aborted, "contention")
	})
	err := pool.Within(nil).Invoke(t.Context(), firestorepb.Firestore_GetDocument_FullMethodName,
		&firestorepb.GetDocumentRequest{ConsistencySelector: &firestorepb.GetDocumentRequest_Transaction{Transaction: []byte("t")}},
		new(firestorepb.Document))
	if status.Code(err) != codes.Aborted || tries.Load() != 1 {
		t.Errorf("%v after %d tries, want Aborted after one", err, tries.Load())
	}
}

func TestRepeatHTTP(t *testing.T) {
	for _, c := range []struct {
		method, path string
		fault        int
		faults       int64
		tries        int64
		want         int
	}{
		{"GET", "/certificates", 503, 2, 3, 200},
		{"GET", "/certificates", 0, 2, 3, 200}, // the connection is cut
		{"POST", "/v1/accounts:lookup", 429, 1, 2, 200},
		{"POST", "/v1/token", 500, 1, 2, 200},
		{"POST", "/v1/projects/-/serviceAccounts/a:signBlob", 503, 1, 2, 200},
		{"POST", "/v1/projects/-/serviceAccounts/a:generateAccessToken", 503, 99, 5, 503},
		{"POST", "/v1/accounts:update", 503, 1, 1, 503},
		{"POST", "/v1/accounts:lookup", 403, 1, 1, 403},
		{"DELETE", "/v1/accounts:lookup", 503, 1, 1, 503},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := int64(0)
			client := &http.Client{Transport: gcloud.Repeat(roundTrip(func(r *http.Request) (*http.Response, error) {
				tries++
				body, _ := io.ReadAll(r.Body)
				if string(body) != "question" {
					t.Errorf("%s: the body is %q at try %d", c.path, body, tries)
				}
				answer := &http.Response{StatusCode: 200, Body: http.NoBody}
				switch {
				case tries > c.faults:
				case c.fault == 0:
					return nil, io.ErrUnexpectedEOF
				default:
					answer.StatusCode = c.fault
				}
				return answer, nil
			}))}
			req, err := http.NewRequestWithContext(t.Context(), c.method, "http://test.example"+c.path, strings.NewReader("question"))
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			if resp, err := client.Do(req); err == nil {
				got = resp.StatusCode
				resp.Body.Close()
			}
			if got != c.want || tries != c.tries {
				t.Errorf("%s %s, %d times %d: %d after %d tries; want %d after %d",
					c.method, c.path, c.faults, c.fault, got, tries, c.want, c.tries)
			}
		})
	}
}
