package users

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// CursorOf is a place in the list.
func CursorOf(order string, id tenancy.UserID) Cursor { return Cursor{order: order, id: id} }
