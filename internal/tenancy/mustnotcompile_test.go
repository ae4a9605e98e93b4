package tenancy_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/compiletest"
)

// TestMustNotCompile holds programs that try to forge what only this package makes to being refused
// by the compiler.
func TestMustNotCompile(t *testing.T) {
	compiletest.MustNotCompile(t, "testdata/mustnotcompile", "github.com/bulkhead-saas/bulkhead/internal/tenancy")
}
