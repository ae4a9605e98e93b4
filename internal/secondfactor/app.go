package secondfactor

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
)

const (
	// Step is how long an app shows one code.
	Step = 30 * time.Second
	// skew is how many steps a code may be from now.
	skew = 1
	// told is how many steps a code may be from now for the person to be told that it is of another
	// time.
	toldSkew = 10

	digits = 6
	// tries is how many wrong codes in a row lock the app.
	tries = 5
	// firstLock is how long the first lock lasts. Each further one lasts twice as long, up to
	// longestLock.
	firstLock   = 15 * time.Minute
	longestLock = 24 * time.Hour
)

// App is an authenticator app that shares a secret with us (RFC 6238: SHA-1, six digits, 30 s).
type App struct {
	Secret string    `json:"secret"` // base32, without padding
	Last   int64     `json:"last"`   // the step of the last code that counted
	Added  time.Time `json:"added"`
}

var secretCoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns a secret of 160 random bits for an app, in base32.
func NewSecret() string {
	b := make([]byte, 20)
	rand.Read(b) // it never fails
	return secretCoding.EncodeToString(b)
}

// Address is what a QR code says to an app: the secret, and what to call the account.
func Address(o Owner, secret string) string {
	label := "Bulkhead:" + o.Label
	q := url.Values{"secret": {secret}, "issuer": {"Bulkhead"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return "otpauth://totp/" + url.PathEscape(label) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Code returns the code that an app with the secret shows at a time. The error is a secret that is
// none.
func Code(secret string, at time.Time) (string, error) { return codeAt(secret, stepOf(at)) }

func stepOf(t time.Time) int64 { return t.Unix() / int64(Step/time.Second) }

func codeAt(secret string, step int64) (string, error) {
	if raw, err := secretCoding.DecodeString(secret); err != nil || len(raw) < 16 {
		return "", fmt.Errorf("secondfactor: secret of an app: not base32 of at least 128 bits")
	}
	return hotp.GenerateCode(secret, uint64(step))
}

// find returns the step whose code this is, at most reach steps from now, the nearest first.
func find(secret, code string, now time.Time, reach int64) (step int64, ok bool, err error) {
	for d := int64(0); d <= reach; d++ {
		for _, at := range []int64{stepOf(now) - d, stepOf(now) + d} {
			want, err := codeAt(secret, at)
			if err != nil {
				return 0, false, err
			}
			if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
				return at, true, nil
			}
		}
	}
	return 0, false, nil
}

// bare is a code without what people put between its digits. ok is false if that is no code.
func bare(code string) (_ string, ok bool) {
	code = strings.NewReplacer(" ", "", "-", "").Replace(code)
	return code, len(code) == digits && strings.Trim(code, "0123456789") == ""
}

// AddApp sets an app up whose secret the owner has proven to have, by a code. Recovery codes are
// returned if the owner had none: they are shown this once. ErrSetUp, ErrCode, ErrClock.
func (f *Factors) AddApp(secret, code string, now time.Time) (codes []string, err error) {
	if f.App != nil {
		return nil, ErrSetUp
	}
	code, ok := bare(code)
	if !ok {
		return nil, ErrCode
	}
	step, ok, err := find(secret, code, now, toldSkew)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, ErrCode
	case step < stepOf(now)-skew, step > stepOf(now)+skew:
		return nil, another(int(step - stepOf(now)))
	}
	f.App = &App{Secret: secret, Last: step, Added: now.UTC()}
	f.began(now)
	return f.firstCodes(), nil
}

// RemoveApp takes the app away. ErrNotSetUp.
func (f *Factors) RemoveApp() error {
	if f.App == nil {
		return ErrNotSetUp
	}
	f.App = nil
	f.tidy()
	return nil
}

// ProveCode takes a code of the app. It counts once, and no older one counts after it. A wrong one
// is counted: f is to be kept whatever comes of it. ErrCode, ErrCodeUsed, ErrClock, ErrLocked,
// ErrNotSetUp.
func (f *Factors) ProveCode(code string, now time.Time) error {
	if f.App == nil {
		return ErrNotSetUp
	}
	if now.Before(f.Until) {
		return locked(f.Until.Sub(now))
	}
	code, ok := bare(code)
	if !ok { // no guess
		return ErrCode
	}
	step, ok, err := find(f.App.Secret, code, now, toldSkew)
	if err != nil {
		return err
	}
	near := ok && step >= stepOf(now)-skew && step <= stepOf(now)+skew
	switch {
	case near && step <= f.App.Last:
		return ErrCodeUsed
	case near:
		f.App.Last, f.Wrong, f.Until = step, 0, time.Time{}
		return nil
	}
	f.wrong(now)
	if ok {
		return another(int(step - stepOf(now)))
	}
	return ErrCode
}

// wrong counts a wrong code, and locks the app after each few.
func (f *Factors) wrong(now time.Time) {
	f.Wrong++
	if f.Wrong%tries == 0 {
		f.Until = now.Add(min(longestLock, firstLock<<min(f.Wrong/tries-1, 10))).UTC()
	}
}
