package users

import (
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// CursorOf is a place in the list.
func CursorOf(order string, id tenant.UserID) Cursor {
	return document.After(place{order: order, id: id})
}
