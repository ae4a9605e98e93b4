package vending_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/compiletest"
)

// TestMustNotCompile holds programs that try to forge a grant, or to take one apart, to being
// refused by the compiler. That the one grant which everybody can make, the zero one, is refused
// everything is for TestZeroGrant.
func TestMustNotCompile(t *testing.T) {
	compiletest.MustNotCompile(t, "testdata/mustnotcompile", "github.com/bulkhead-saas/bulkhead/internal/vending")
}
