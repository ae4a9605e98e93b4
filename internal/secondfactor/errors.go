package secondfactor

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrCode reports a code of an app that is not right. (401)
	ErrCode = errors.New("secondfactor: wrong code")
	// ErrCodeUsed reports a code of an app that has counted already. (401)
	ErrCodeUsed = errors.New("secondfactor: code used already")
	// ErrClock reports a code that is right for another time than now: see Sentence. (401)
	ErrClock = errors.New("secondfactor: code of another time")
	// ErrLocked reports that codes of the app do not count for a while, after too many wrong ones:
	// see Sentence. (429)
	ErrLocked = errors.New("secondfactor: codes are locked")
	// ErrRecovery reports a recovery code that is none of those that are left. (401)
	ErrRecovery = errors.New("secondfactor: no such recovery code")
	// ErrPasskey reports a passkey that is not one of this person's, or was used elsewhere. (401)
	ErrPasskey = errors.New("secondfactor: passkey not accepted")
	// ErrNotSetUp reports a factor that the person does not have. (409)
	ErrNotSetUp = errors.New("secondfactor: not set up")
	// ErrSetUp reports an app that is set up already. (409)
	ErrSetUp = errors.New("secondfactor: set up already")
	// ErrTooMany reports that a person has as many passkeys as they may. (409)
	ErrTooMany = errors.New("secondfactor: too many passkeys")
	// ErrName reports a name that no passkey can have. (422)
	ErrName = errors.New("secondfactor: name of a passkey")
	// ErrUnreadable reports a document that does not open: its key is gone, or it is another's.
	// (503)
	ErrUnreadable = errors.New("secondfactor: a sealed factor does not open")
)

// told is an error with a sentence for the person.
type told struct {
	of       error
	sentence string
}

func (t *told) Error() string { return t.of.Error() }
func (t *told) Unwrap() error { return t.of }

// Sentence is what to tell the person about an error, beyond its kind; "" if there is nothing.
func Sentence(err error) string {
	if t, ok := errors.AsType[*told](err); ok {
		return t.sentence
	}
	return ""
}

func locked(left time.Duration) error {
	return &told{ErrLocked, fmt.Sprintf("After too many wrong codes, codes of the app do not count for %s. "+
		"Use a recovery code or a passkey, or wait.", minutes(left))}
}

// another is ErrClock for a code that is right for this many steps after now.
func another(steps int) error {
	ago, slow := "ahead of", "fast"
	if steps < 0 {
		ago, slow, steps = "behind", "slow", -steps
	}
	return &told{ErrClock, fmt.Sprintf("This code is %s %s our clock. Enter the one that the app shows now. "+
		"If it does: the clock of your device is %s; have it set by itself.", minutes(time.Duration(steps)*Step), ago, slow)}
}

// minutes says a time in words, rounded up.
func minutes(d time.Duration) string {
	n := int((d + time.Minute - 1) / time.Minute)
	if n == 1 {
		return "one minute"
	}
	return fmt.Sprintf("%d minutes", n)
}
