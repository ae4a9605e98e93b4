package diskfull_test

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
)

func TestRefusal(t *testing.T) {
	for _, test := range []struct {
		err  error
		full bool
	}{
		{&fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}, true},
		{fmt.Errorf("commit: %w", &fs.PathError{Op: "write", Path: "f", Err: syscall.EDQUOT}), true},
		{errors.Join(errors.New("first"), syscall.EFBIG), true},
		{fmt.Errorf("file resize error: %s", &fs.PathError{Op: "truncate", Path: "f", Err: syscall.EFBIG}), true},
		{&fs.PathError{Op: "write", Path: "f", Err: syscall.EIO}, false},
		{errors.New("a bucket called: " + syscall.ENOSPC.Error()), false},
		{nil, false},
	} {
		got := diskfull.Refusal(test.err)
		if full := status.Code(got) == codes.FailedPrecondition; full != test.full || !full && got != test.err {
			t.Errorf("%v: %v", test.err, got)
		}
	}
}
