package secondfactor

import (
	"crypto/sha256"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Owner is whose factors they are. An operator belongs to no tenant.
type Owner struct {
	Tenant tenant.ID // zero: an operator
	User   tenant.UserID
	Label  string // what an app and a passkey call the account: for people to read
}

// purpose names the owner to what seals their factors.
func (o Owner) purpose() []byte {
	return []byte("bulkhead second factor\x00" + o.Tenant.String() + "\x00" + o.User.String())
}

// handle is what passkeys know the owner by. It tells nobody who that is.
func (o Owner) handle() []byte {
	sum := sha256.Sum256([]byte("bulkhead passkey\x00" + o.Tenant.String() + "\x00" + o.User.String()))
	return sum[:]
}

// Factors is what somebody has set up. The zero value is nothing.
type Factors struct {
	App      *App      `json:"app,omitempty"`
	Passkeys []Passkey `json:"passkeys,omitempty"`
	Recovery [][]byte  `json:"recovery,omitempty"` // digests of the codes that are left
	Since    time.Time `json:"since,omitzero"`     // when the first of app and passkeys was set up

	Wrong int       `json:"wrong,omitempty"` // codes of the app in a row
	Until time.Time `json:"until,omitzero"`  // before then no code of the app counts
	Spent []spent   `json:"spent,omitempty"` // challenges that were answered
}

// IsSetUp reports whether there is a factor to ask for. Recovery codes alone are none: they are for
// who has lost the others.
func (f *Factors) IsSetUp() bool { return f.App != nil || len(f.Passkeys) > 0 }

// began notes when the first factor was set up.
func (f *Factors) began(now time.Time) {
	if f.Since.IsZero() {
		f.Since = now.UTC()
	}
}

// tidy forgets what belongs to no factor any more.
func (f *Factors) tidy() {
	if f.App == nil {
		f.Wrong, f.Until = 0, time.Time{}
	}
	if !f.IsSetUp() {
		*f = Factors{}
	}
}
