package gate_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

// TestPartOfTheRepository: a few packages are judged as among all, for what they import is looked
// at, too.
func TestPartOfTheRepository(t *testing.T) {
	cfg, err := isolint.Read("../../isolint.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := gate.Check(gate.Request{Dir: "../..", Config: cfg, Patterns: []string{"./internal/users", "./web/people"}})
	if err != nil || !v.OK() || len(v.Packages[isolint.Looked]) != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}
