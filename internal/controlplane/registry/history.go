package registry

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// historyKept is how many changes of state a record keeps. It is read with each look-up, so it is
// short; the audit log of the database has all.
const historyKept = 10

// Change is one change of a tenant's state.
type Change struct {
	At       time.Time // by the clock of the process that made it
	From, To tenant.Status
	By       string // as in Transition
}

// History returns the last changes of the tenant's state, oldest first, at most ten. It reads past
// the cache. ErrTenantDenied if there is no such tenant, ErrUnavailable.
func (r *Registry) History(ctx context.Context, id tenant.ID) ([]Change, error) {
	if id.IsZero() {
		return nil, errUnknownTenant
	}
	doc, err := r.tenant(id).Get(ctx)
	if status.Code(err) == codes.NotFound {
		return nil, errUnknownTenant
	}
	if err != nil {
		return nil, tenant.Unavailable("registry", err)
	}
	kept, err := historyOf(doc)
	if err != nil {
		return nil, tenant.Unavailable("registry", err)
	}
	changes := make([]Change, len(kept))
	for i, c := range kept {
		changes[i] = Change{c.At, tenant.Status(c.From), tenant.Status(c.To), c.By}
	}
	return changes, nil
}

// withHistory is the record's history and the transition after it.
func (r *Registry) withHistory(doc *firestore.DocumentSnapshot, c Transition) ([]changeRecord, error) {
	kept, err := historyOf(doc)
	if err != nil {
		return nil, err
	}
	kept = append(kept, changeRecord{r.now().UTC(), string(c.From), string(c.To), c.By})
	return kept[max(0, len(kept)-historyKept):], nil
}

func historyOf(doc *firestore.DocumentSnapshot) ([]changeRecord, error) {
	var r tenantRecord
	if err := doc.DataTo(&r); err != nil {
		return nil, fmt.Errorf("tenant record: %w", err)
	}
	return r.History, nil
}
