// Package registry keeps the tenants' records, their slugs and the cells that tenants are placed
// in. It is the only writer of the collections "tenants", "slugs" and "cells" of the control
// plane's database.
//
// A record is made by Reserve and changed by Transition: from a state and a version that the caller
// has seen, field by field. Of two callers who saw the same version, one is answered ErrStale.
package registry
