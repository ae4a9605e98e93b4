package vendingtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
)

// open opens a platform with the account's key.
func (w *World) open(tb testing.TB, name string, key []byte) *platform.Platform {
	tb.Helper()
	file := filepath.Join(w.dir, name+".json")
	must(tb, os.WriteFile(file, key, 0o600))
	p, err := platform.Open(tb.Context(), platform.Config{
		Project: Project, Endpoints: w.Endpoints, KeyFile: file,
	})
	must(tb, err)
	tb.Cleanup(func() { must(tb, p.Close()) })
	return p
}

// Open opens a platform as one of the platform's accounts, with a new key of it.
func (w *World) Open(tb testing.TB, a setup.Account) *platform.Platform {
	tb.Helper()
	key, err := setup.NewKey(tb.Context(), w.Owner, Project, a)
	must(tb, err)
	return w.open(tb, string(a), key)
}
