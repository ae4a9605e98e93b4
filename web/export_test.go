package web

import (
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/adapter"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/worker"
)

// Table is the whole route table. It serves nothing: there is nothing behind its door.
func Table() *door.Table { return Deps{}.table(new(door.Door)) }

// LocalPath is where a client may ask to be sent.
func LocalPath(slug tenant.Slug, next string) string { return Table().LocalPath(slug, next) }

// Features are the features that are in the table.
func Features() []door.Feature {
	return append(Deps{}.features(new(door.Door)).all(), worker.Feature{}, adapter.Feature{})
}

// NewWith is New with more routes.
func NewWith(d Deps, more func(*door.Table)) (http.Handler, error) {
	behind, err := door.New(d.door())
	if err != nil {
		return nil, err
	}
	t := d.table(behind)
	more(t)
	return t.Handler()
}
