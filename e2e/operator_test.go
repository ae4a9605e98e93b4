package e2e_test

import (
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
)

// operator is how the operator signs in: with a password, and a code of an app that has this
// secret.
type operator struct {
	login
	TOTPSecret string `json:"totpSecret"`
}

// shown is when the last code was shown. Each counts once.
var shown struct {
	sync.Mutex
	at time.Time
}

// code returns a code of the app that was not used yet.
func (o operator) code(t *testing.T) string {
	t.Helper()
	shown.Lock()
	defer shown.Unlock()
	now := time.Now()
	at := now.Add(-secondfactor.Step)
	if next := shown.at.Add(secondfactor.Step); next.After(at) {
		at = next
	}
	if early := at.Sub(now.Add(secondfactor.Step)); early > 0 {
		time.Sleep(early)
	}
	shown.at = at
	code, err := secondfactor.Code(o.TOTPSecret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
