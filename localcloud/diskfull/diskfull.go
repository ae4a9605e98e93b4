// Package diskfull tells a full disk from other faults, and says what a service answers then.
//
// It is an answer that Google's services never give, so it has to be chosen. Google's clients take
// ResourceExhausted, Unavailable and Internal for passing and send the call again until their
// caller loses patience, and over HTTP every 5xx and 429 likewise; 507 would be no better.
// FailedPrecondition, over HTTP 400, is what none of them repeats: a call that "should not be
// retried until the system state has been explicitly fixed", as google/rpc/code.proto has it. Once
// there is room, the next call works: no restart is needed.
package diskfull

import (
	"errors"
	"strings"
	"syscall"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Message is what a service says when the disk is full.
const Message = "The disk that holds the local cloud's folder is full: nothing was changed. Make room, and try again."

// Err is the gRPC status that a service answers.
var Err = status.Error(codes.FailedPrecondition, Message)

// full are the ways in which a file system says that a file cannot grow: no space, no quota, no
// larger file allowed.
var full = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}

// Is reports whether err comes from a disk that takes no more.
func Is(err error) bool {
	if err == nil {
		return false
	}
	for _, e := range full {
		if errors.Is(err, e) || grown(err.Error()) && strings.HasSuffix(err.Error(), e.Error()) {
			return true
		}
	}
	return false
}

// grown recognizes bbolt's errors of a file that could not grow, which pass on the text alone of
// their cause.
func grown(text string) bool {
	return strings.Contains(text, "file resize error: ") || strings.Contains(text, "file sync error: ")
}

// Refusal returns Err for an error that Is knows, and any other as it is.
func Refusal(err error) error {
	if Is(err) {
		return Err
	}
	return err
}
