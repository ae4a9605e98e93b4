package secondfactor

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
)

// RecoveryCodes is how many recovery codes are made.
const RecoveryCodes = 10

// NewCodes makes recovery codes in the place of those that are left, and returns them: they are
// shown this once. ErrNotSetUp if there is no factor that they could stand in for.
func (f *Factors) NewCodes() (codes []string, err error) {
	if !f.IsSetUp() {
		return nil, ErrNotSetUp
	}
	f.Recovery = nil
	for range RecoveryCodes {
		code := newCode()
		codes = append(codes, code)
		f.Recovery = append(f.Recovery, digest(code))
	}
	return codes, nil
}

// firstCodes makes recovery codes if there are none.
func (f *Factors) firstCodes() []string {
	if len(f.Recovery) > 0 {
		return nil
	}
	codes, _ := f.NewCodes() // a factor was just set up
	return codes
}

// UseRecovery takes a recovery code away. No lock of the app keeps it from counting: it has 80
// bits. ErrRecovery.
func (f *Factors) UseRecovery(code string) error {
	used := digest(code)
	for i, left := range f.Recovery {
		if subtle.ConstantTimeCompare(left, used) == 1 {
			f.Recovery = slices.Delete(slices.Clone(f.Recovery), i, i+1)
			return nil
		}
	}
	return ErrRecovery
}

// newCode returns a code of 80 bits in four groups: "abcd-efgh-2345-ijkl".
func newCode() string {
	s := strings.ToLower(rand.Text()[:16])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// digest is what is kept of a code. Case, spaces and hyphens are the reader's.
func digest(code string) []byte {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
	sum := sha256.Sum256([]byte("bulkhead recovery code of a person\x00" + plain))
	return sum[:]
}
