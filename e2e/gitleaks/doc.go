// Package gitleaks holds docs/gitleaks.toml against gitleaks' own engine, and against what
// `bulkhead keys scan` finds. It is a module of its own: the engine needs sixty modules that the
// product does not.
package gitleaks
