package authpolicy

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// EnforcementState says whether people may still sign in with a password.
type EnforcementState string

// The states.
//
//	off        a password and a provider are both ways in
//	staged     a provider is the way in; admins may use a password too, until a second person has
//	           signed in at a provider, or the time is up
//	enforced   a provider is the only way in, but for an admin who has a recovery code
const (
	Off      EnforcementState = "off"
	Staged   EnforcementState = "staged"
	Enforced EnforcementState = "enforced"
)

const (
	// StageTime is how long Staged lasts at most. If no second person has signed in at a provider
	// by then, it goes back to Off.
	StageTime = time.Hour
	// RecoveryCodes is how many recovery codes are made.
	RecoveryCodes = 10
)

// Enforcement is how a tenant's providers come to be the only way in. The zero value is Off.
type Enforcement struct {
	State EnforcementState // "" is Off
	Since time.Time        // when the state began
	By    tenant.UserID    // who began Staged; zero in Off
	// First is who signed in at a provider first since Staged began. The second person is another.
	First tenant.UserID
	// Codes are the digests of the recovery codes that are left.
	Codes [][]byte
	// Reverted is when Staged last went back to Off by itself; zero: never.
	Reverted time.Time
}

// Is returns the state: Off for the zero value.
func (e Enforcement) Is() EnforcementState {
	if e.State == "" {
		return Off
	}
	return e.State
}

// Until is when Staged ends by itself; zero in any other state.
func (e Enforcement) Until() time.Time {
	if e.State != Staged {
		return time.Time{}
	}
	return e.Since.Add(StageTime)
}

// Now returns the state at now: Staged whose time is up is Off, whether or not the job that writes
// so has run.
func (e Enforcement) Now(now time.Time) EnforcementState {
	if e.State == Staged && !now.Before(e.Until()) {
		return Off
	}
	return e.Is()
}

// Stage begins Staged, with the digests of fresh recovery codes, and returns the codes: they are
// shown this once.
func (e Enforcement) Stage(by tenant.UserID, now time.Time) (_ Enforcement, codes []string) {
	next := Enforcement{State: Staged, Since: now, By: by}
	for range RecoveryCodes {
		code := newCode()
		codes = append(codes, code)
		next.Codes = append(next.Codes, digest(code))
	}
	return next, codes
}

// Succeeded notes that somebody has signed in at a provider. The second person ends Staged:
// Enforced begins. changed is false if there is nothing to note.
func (e Enforcement) Succeeded(who tenant.UserID, now time.Time) (_ Enforcement, changed bool) {
	if e.Now(now) != Staged || who.IsZero() || e.First == who {
		return e, false
	}
	if e.First.IsZero() {
		e.First = who
		return e, true
	}
	return Enforcement{State: Enforced, Since: now, By: e.By, Codes: e.Codes}, true
}

// Revert ends Staged whose time is up. changed is false if it is not up.
func (e Enforcement) Revert(now time.Time) (_ Enforcement, changed bool) {
	if e.State != Staged || now.Before(e.Until()) {
		return e, false
	}
	return Enforcement{State: Off, Since: now, Reverted: now}, true
}

// Lift goes back to Off, as an admin decides.
func (e Enforcement) Lift(now time.Time) Enforcement { return Enforcement{State: Off, Since: now} }

// Use takes a recovery code away. ok is false if it is none of those that are left.
func (e Enforcement) Use(code string) (_ Enforcement, ok bool) {
	used := digest(code)
	e = e.clone()
	for i, left := range e.Codes {
		if subtle.ConstantTimeCompare(left, used) == 1 {
			e.Codes = slices.Delete(e.Codes, i, i+1)
			return e, true
		}
	}
	return e, false
}

// Validate reports whether e may be stored: ErrInvalid names the first fault.
func (e Enforcement) Validate() error {
	switch {
	case e.Is() != Off && e.Is() != Staged && e.Is() != Enforced:
		return tenant.Invalid("enforcement")
	case e.Is() != Off && (e.Since.IsZero() || e.By.IsZero()):
		return tenant.Invalid("enforcement without its beginning")
	case len(e.Codes) > RecoveryCodes:
		return tenant.Invalid("too many recovery codes")
	}
	for _, code := range e.Codes {
		if len(code) != sha256.Size {
			return tenant.Invalid("recovery code")
		}
	}
	return nil
}

func (e Enforcement) clone() Enforcement {
	e.Codes = cloneEach(e.Codes, slices.Clone[[]byte])
	return e
}

// newCode returns a code of 80 bits in four groups: "abcd-efgh-2345-ijkl".
func newCode() string {
	s := strings.ToLower(rand.Text()[:16])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// digest is what is kept of a code. Case, spaces and hyphens are the reader's.
func digest(code string) []byte {
	bare := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
	sum := sha256.Sum256([]byte("bulkhead recovery code\x00" + bare))
	return sum[:]
}
