package identity

import (
	"crypto/subtle"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

const (
	totpPeriod = 30 // seconds
	totpDigits = otp.DigitsSix
	totpSecret = 20 // bytes: the output of HMAC-SHA-1, as RFC 4226 recommends
)

var totpOptions = totp.ValidateOpts{Period: totpPeriod, Digits: totpDigits, Algorithm: otp.AlgorithmSHA1}

// acceptCode takes a code of RFC 6238 for secret at a time within adjacent intervals of now, and
// returns its interval. It must be later than last: a code works once, and when it has, none before
// it does.
func acceptCode(secret, code string, now time.Time, adjacent int, last int64) (step int64, ok bool) {
	current := now.Unix() / totpPeriod
	for n := current - int64(adjacent); n <= current+int64(adjacent); n++ {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(n*totpPeriod, 0), totpOptions)
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && n > last {
			step, ok = n, true
		}
	}
	return step, ok
}
